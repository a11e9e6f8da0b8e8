import { Failure, type FailureCode, reasonOf } from '../base/errors.ts';

interface Known {
  code: FailureCode;
  message: string;
  hint?: string;
}

/** What the operating system's errors mean here. */
const KNOWN: Record<string, Known> = {
  EACCES: { code: 'io-error', message: 'permission denied', hint: 'check who may read and write there' },
  EPERM: { code: 'io-error', message: 'operation not permitted', hint: 'check who may read and write there' },
  ENOENT: { code: 'io-error', message: 'no such file or folder', hint: 'check the path' },
  ENOTDIR: { code: 'io-error', message: 'a part of the path is not a folder', hint: 'check the path' },
  EISDIR: { code: 'io-error', message: 'it is a folder', hint: 'give the path of a file' },
  EROFS: {
    code: 'io-error',
    message: 'the file system is read-only',
    hint: 'choose a place that can be written',
  },
  ENOSPC: {
    code: 'no-space',
    message: 'there is no space left',
    hint: 'free some space or choose another place',
  },
  EDQUOT: {
    code: 'no-space',
    message: 'the quota is used up',
    hint: 'free some space or choose another place',
  },
  EFBIG: {
    code: 'no-space',
    message: 'the file system takes no file of this size',
    hint: 'choose a place with another file system',
  },
  EIO: { code: 'io-error', message: 'the medium does not answer', hint: 'try another medium' },
  EPIPE: { code: 'io-error', message: 'whoever was to read the archive is gone' },
};

/** The Failure for an error of the file system, with the place as subject. */
export function ioFailure(error: unknown, place: string, note?: string): Failure {
  if (error instanceof Failure) return error;
  const { code } = error as NodeJS.ErrnoException;
  const known = KNOWN[code ?? ''] ?? { code: 'io-error' as const, message: reasonOf(error) };
  return new Failure(known.code, note === undefined ? known.message : `${known.message} ${note}`, {
    subject: place,
    hints: known.hint === undefined ? [] : [known.hint],
    cause: error,
  });
}
