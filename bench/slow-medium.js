// Loaded by --import: files are written to memory, and are durable no sooner than on a medium of that many bytes a second.
import { open } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';

const bytesPerMs = Number(process.env.MEDIUM_BYTES_PER_SECOND ?? 400e6) / 1000;
const handle = await open('/dev/null');
const files = Object.getPrototypeOf(handle);
await handle.close();
/** When the medium will have what was written by now. */
let busyUntil = 0;
const { writev } = files;
files.writev = async function written(...args) {
  const result = await writev.apply(this, args);
  busyUntil = Math.max(busyUntil, performance.now()) + result.bytesWritten / bytesPerMs;
  return result;
};
for (const name of ['sync', 'datasync']) {
  const sync = files[name];
  files[name] = async function synced() {
    await setTimeout(Math.max(0, busyUntil - performance.now()));
    return sync.call(this);
  };
}
