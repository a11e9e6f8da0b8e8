import { open, rename, rm } from 'node:fs/promises';
import { Failure } from '../base/errors.ts';

/**
 * Writes a text for its owner only; under its name it appears as a whole. An older file is replaced.
 * @param message what is said when that fails
 * @throws Failure `io-error`
 */
export async function writeWhole(path: string, text: string, message: string): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    const file = await open(partial, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => undefined);
    const hints = ['what was done is done; only this file about it is missing'];
    throw new Failure('io-error', message, { subject: path, hints, cause });
  }
}
