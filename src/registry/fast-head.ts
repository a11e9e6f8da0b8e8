/** Registries' heads have about 500 bytes, some with security policies a few thousand. */
const HEAD_BYTES = 16 * 1024;
const END = Buffer.from('\r\n\r\n');

/** The head of an HTTP/1.1 answer (RFC 9112 §4), collected from as many reads as it takes. */
export class ResponseHead {
  #bytes = Buffer.alloc(0);
  #end = -1;
  #status = 0;
  readonly #fields = new Map<string, string>();

  /** Bytes seen so far. */
  get size(): number {
    return this.#bytes.length;
  }

  get complete(): boolean {
    return this.#end >= 0;
  }

  get isTooLong(): boolean {
    return !this.complete && this.size > HEAD_BYTES;
  }

  /** 0 when the status line or a field is not as it should be. */
  get status(): number {
    return this.#status;
  }

  /** A field by its lower-case name. */
  get(name: string): string | undefined {
    return this.#fields.get(name);
  }

  /** Takes the first `length` bytes of a read, and returns where the body begins in it once the head is complete. */
  take(buffer: Buffer, length: number): number {
    const before = this.size;
    const room = Math.min(length, HEAD_BYTES + END.length - before);
    this.#bytes = Buffer.concat([this.#bytes, buffer.subarray(0, room)]);
    const end = this.#bytes.indexOf(END, Math.max(0, before - END.length));
    if (end < 0) return length;
    this.#end = end;
    this.#parse(this.#bytes.toString('latin1', 0, end));
    return end + END.length - before;
  }

  #parse(text: string): void {
    const [first = '', ...lines] = text.split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3})(?: |$)/.exec(first)?.[1] ?? 0);
    for (const line of lines) {
      const match = /^([\w!#$%&'*+.^`|~-]+):[ \t]*(.*?)[ \t]*$/.exec(line);
      const name = match?.[1]?.toLowerCase();
      // A line that is no field, or a length that is said twice: somebody may be smuggling.
      if (name === undefined || (name === 'content-length' && this.#fields.has(name))) return;
      this.#fields.set(name, match?.[2] ?? '');
    }
    this.#status = status;
  }
}
