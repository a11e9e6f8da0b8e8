// Loaded by --import: files are read slowly, as from a worn-out stick, so that there is time to press keys; and SIGUSR2
// is a bug that nobody catches.
import { open } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';

const handle = await open('/dev/null');
const files = Object.getPrototypeOf(handle);
await handle.close();
const { read } = files;
files.read = async function slowly(...args) {
  await setTimeout(Number(process.env.SLOW_READ_MS ?? 0));
  return read.apply(this, args);
};
process.on('SIGUSR2', () => {
  throw new Error('boom');
});
