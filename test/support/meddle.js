// Loaded by --import: after so many reads, files are read slowly and little at a time, as from a worn-out stick, so that
// there is time to press keys; and SIGUSR2 is a bug that nobody catches.
import { open } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';

const { SLOW_READ_MS = '0', SLOW_READ_FROM = '0', SLOW_READ_BYTES = 'Infinity' } = process.env;
const handle = await open('/dev/null');
const files = Object.getPrototypeOf(handle);
await handle.close();
const { read } = files;
let reads = 0;
files.read = async function slowly(buffer, offset, length, position) {
  if (reads++ < Number(SLOW_READ_FROM)) return read.call(this, buffer, offset, length, position);
  await setTimeout(Number(SLOW_READ_MS));
  return read.call(this, buffer, offset, Math.min(length, Number(SLOW_READ_BYTES)), position);
};
process.on('SIGUSR2', () => {
  throw new Error('boom');
});
