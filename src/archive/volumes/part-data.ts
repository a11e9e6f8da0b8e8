import { type FileHandle, open } from 'node:fs/promises';
import { Failure } from '../../base/errors.ts';
import { HashThread } from '../../base/hash-thread.ts';
import { ioFailure } from '../io-failure.ts';
import { backBytes, damagedPart, FRONT_BYTES, isBack } from './front.ts';
import { hashData, type Part } from './part-files.ts';

/** @throws Failure `io-error`, as does {@link readData}. */
export async function openPart({ path }: Part): Promise<FileHandle> {
  try {
    return await open(path);
  } catch (error) {
    throw ioFailure(error, path);
  }
}

/** Reads what a part has of the archive, from a place in it; how many bytes that were. */
export async function readData(
  { path }: Part,
  handle: FileHandle,
  into: Buffer,
  at: number,
): Promise<number> {
  const position = FRONT_BYTES + at;
  try {
    return (await handle.read(into, 0, into.length, position)).bytesRead;
  } catch (error) {
    throw ioFailure(error, `${path} at byte ${position}`);
  }
}

/**
 * Looks at what follows a part's data; of one that was not written to its end nothing is known.
 *
 * @throws Failure `damaged` when it is not what must be there.
 */
export async function checkBack(part: Part, handle: FileHandle): Promise<void> {
  const { volume, path } = part;
  if (volume.digest === undefined) return;
  const back = Buffer.alloc(backBytes(volume.size) + 1);
  const bytesRead = await readData(part, handle, back, volume.size);
  if (!isBack(back.subarray(0, bytesRead), volume))
    throw damagedPart('the end of this part is damaged', path);
}

/** Reads a part's data against its digest. @param onRead told of the bytes of each piece. */
export async function isIntact({ path, volume }: Part, onRead?: (bytes: number) => void): Promise<boolean> {
  const hash = new HashThread();
  try {
    await hashData(hash, path, volume.size, onRead);
    return (await hash.digest()) === volume.digest;
  } finally {
    await hash.close();
  }
}

/**
 * What is wrong with a part, all of which is read for it; undefined when nothing is.
 *
 * @param onRead told of the bytes of each piece; what it throws ends the reading.
 */
export async function faultOf(part: Part, onRead: (bytes: number) => void): Promise<Failure | undefined> {
  try {
    if (!(await isIntact(part, onRead))) return wrongDigest(part);
    const handle = await openPart(part);
    await checkBack(part, handle).finally(() => handle.close());
    return undefined;
  } catch (error) {
    if (error instanceof Failure && FAULTS.includes(error.code)) return error;
    throw error;
  }
}

const FAULTS: readonly Failure['code'][] = ['damaged', 'io-error'];

/** @returns the failure of a part whose bytes are others than it says. */
export function wrongDigest({ path }: Part): Failure {
  return damagedPart('its bytes do not have the digest that the part states', path);
}
