/** Data as SSH writes it (RFC 4251, section 5): numbers big-endian, strings with their length before them. */

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function string(bytes: Uint8Array | string): Buffer {
  const body = Buffer.from(bytes as Uint8Array);
  return Buffer.concat([uint32(body.length), body]);
}

/** Bytes that are not what they ought to be; the message says what is wrong with them. */
export class WireError extends Error {}

/** The mirror image, for bytes that nobody vouches for. All of it throws {@link WireError}. */
export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new WireError('it ends too early');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  uint32(): number {
    return this.take(4).readUInt32BE();
  }

  string(): Buffer {
    return this.take(this.uint32());
  }

  text(): string {
    return this.string().toString('latin1');
  }

  rest(): Buffer {
    return this.take(this.#bytes.length - this.#at);
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new WireError('something follows its end');
  }
}
