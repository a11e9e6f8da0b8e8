import { closeSync, constants, openSync, readSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';

const { O_RDONLY, O_NONBLOCK } = constants;

/** Between two looks whether somebody writes into a pipe. Milliseconds. */
const LOOK = 50;
const START_BYTES = 4096;

/**
 * The bytes of a named pipe, once somebody writes into it. No thread waits in the system meanwhile: neither a signal nor
 * the end of the program would come through to it.
 *
 * @param signal ends the waiting, with its reason.
 * @throws Error of the system.
 */
export async function openNamedPipe(path: string, signal?: AbortSignal): Promise<Readable> {
  const fd = openSync(path, O_RDONLY | O_NONBLOCK);
  const start = Buffer.alloc(START_BYTES);
  try {
    let read = readSome(fd, start);
    for (; read === 0; read = readSome(fd, start)) {
      await setTimeout(LOOK);
      signal?.throwIfAborted();
    }
    const pipe = new Socket({ fd, readable: true, writable: false });
    if (read !== undefined) pipe.unshift(start.subarray(0, read));
    return pipe;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** How many bytes have come: 0 as long as nobody writes, undefined when somebody does and has not written yet. */
function readSome(fd: number, into: Buffer): number | undefined {
  try {
    return readSync(fd, into);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw error;
  }
}
