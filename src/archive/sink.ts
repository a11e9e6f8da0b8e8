/** Where an archive is written to. All errors are Failures that name the place. */
export interface Sink {
  /** Bytes written so far. */
  readonly position: number;
  /**
   * Says how much will be written, before the first byte is.
   *
   * @throws Failure `refused` when there is no room for it.
   */
  expect(totalBytes: number): Promise<void>;
  /** Writes the chunks one after the other. They are the caller's again when the promise resolves. */
  write(chunks: readonly Buffer[]): Promise<void>;
  /** The archive is whole: makes it durable and gives it its name. */
  commit(): Promise<void>;
  /** The archive will not be whole: leaves nothing behind, where that can be. */
  abort(): Promise<void>;
}
