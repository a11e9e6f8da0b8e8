import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Failure } from '../../base/errors.ts';

/** A file that a flag names. @throws Failure `usage`. */
export async function readText(path: string, flag: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new Failure('usage', `the file of ${flag} cannot be read`, { subject: path, cause });
  }
}

/** The first line that comes through a file descriptor. @throws Failure `usage`. */
export async function readLine(fd: number): Promise<string> {
  try {
    for await (const line of createInterface({ input: createReadStream('', { fd, autoClose: false }) })) {
      if (line !== '') return line;
      break;
    }
  } catch (cause) {
    throw new Failure('usage', `the passphrase cannot be read from file descriptor ${fd}`, { cause });
  }
  throw new Failure('usage', `there is no passphrase on file descriptor ${fd}`);
}
