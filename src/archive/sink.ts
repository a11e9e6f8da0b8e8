import type { Digest } from '../base/digest.ts';

/** Which backup an archive is of: what its parts say when it is cut into several files. */
export interface BackupId {
  /** Digest of the backup's own manifest. */
  backup: Digest;
  createdAt: string;
}

/** Where an archive is written to. All errors are Failures that name the place. */
export interface Sink {
  /** Bytes of the archive written so far. */
  readonly position: number;
  /**
   * Says how much will be written, before the first byte is.
   *
   * @throws Failure `refused` when there is no room for it.
   */
  expect(totalBytes: number, id: BackupId): Promise<void>;
  /** Writes the chunks one after the other. They are the caller's again when the promise resolves. */
  write(chunks: readonly Buffer[]): Promise<void>;
  /** The archive is whole: makes it durable and gives it its name. */
  commit(): Promise<void>;
  /**
   * The archive will not be whole now: leaves nothing behind, where that can be, or, when it is worth to `keep`, what
   * an export can be resumed from.
   */
  abort(keep?: boolean): Promise<void>;
}
