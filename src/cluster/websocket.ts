import { createHash, randomBytes } from 'node:crypto';

/** Frames of a WebSocket connection (RFC 6455, section 5.2). */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** What a server must answer to a key, to show that it knows the protocol (section 4.2.2). */
export function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

/** A whole message in one frame, masked as a client's frames must be. */
export function frameOf(opcode: number, ...payload: readonly Buffer[]): Buffer {
  const length = payload.reduce((sum, part) => sum + part.length, 0);
  const head = headOf(opcode, length);
  const mask = randomBytes(4);
  const frame = Buffer.concat([head, mask, ...payload]);
  const start = head.length + mask.length;
  for (let at = start; at < frame.length; at++) {
    frame[at] = (frame[at] as number) ^ (mask[(at - start) & 3] as number);
  }
  return frame;
}

function headOf(opcode: number, length: number): Buffer {
  const first = 0x80 | opcode;
  if (length < 126) return Buffer.from([first, 0x80 | length]);
  if (length < 0x10000) return Buffer.from([first, 0x80 | 126, length >> 8, length & 0xff]);
  const head = Buffer.alloc(10);
  head.writeUInt8(first);
  head.writeUInt8(0x80 | 127, 1);
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}

/** A piece of a message as it came in. */
interface Piece {
  readonly opcode: number;
  readonly bytes: Buffer;
  /** The first piece of its message, and its last one; both may be the same, and empty. */
  readonly first: boolean;
  readonly last: boolean;
}

/**
 * Reads a server's frames from whatever pieces the connection brings, without holding a payload: a frame may say that
 * it has any length.
 */
export class FrameReader {
  #head: Buffer = Buffer.alloc(0);
  /** The frame whose payload is coming in. */
  #frame: { opcode: number; final: boolean; left: number } | undefined;
  /** Of the message that continuation frames belong to. */
  #message: number = OPCODE.binary;
  #first = true;

  /** @throws Error for what is no frame of a server */
  *take(chunk: Buffer): Generator<Piece> {
    let rest = chunk;
    for (;;) {
      if (this.#frame === undefined) {
        rest = Buffer.concat([this.#head, rest]);
        const length = this.#open(rest);
        this.#head = length === undefined ? rest : Buffer.alloc(0);
        if (length === undefined) return;
        rest = rest.subarray(length);
      }
      const piece = this.#payload(rest);
      if (piece === undefined) return;
      rest = rest.subarray(piece.bytes.length);
      yield piece;
    }
  }

  /** The length of the frame's head; undefined while it is not all there. */
  #open(bytes: Buffer): number | undefined {
    const [first = 0, second = 0] = bytes;
    const extra = second === 126 ? 2 : second === 127 ? 8 : 0;
    if (bytes.length < 2 + extra) return undefined;
    const left =
      extra === 2 ? bytes.readUInt16BE(2) : extra === 8 ? Number(bytes.readBigUInt64BE(2)) : second;
    const opcode = first & 0x0f;
    const isControl = opcode >= OPCODE.close;
    // Extensions were not asked for, servers do not mask, and control frames are short and whole.
    if ((first & 0x70) !== 0 || second > 127 || (isControl && (left > 125 || first < 0x80))) {
      throw new Error('the server sent something that is no WebSocket frame');
    }
    if (!isControl && opcode !== OPCODE.continuation) {
      this.#message = opcode;
      this.#first = true;
    }
    this.#frame = { opcode: isControl ? opcode : this.#message, final: first >= 0x80, left };
    return 2 + extra;
  }

  /** What the bytes have of the frame's payload; control frames come as a whole. */
  #payload(bytes: Buffer): Piece | undefined {
    const frame = this.#frame;
    if (frame === undefined) return undefined;
    const { opcode, final } = frame;
    const isControl = opcode >= OPCODE.close;
    if (frame.left > 0 && bytes.length === 0) return undefined;
    const taken = bytes.subarray(0, frame.left);
    frame.left -= taken.length;
    if (frame.left === 0) this.#frame = undefined;
    const first = isControl || this.#first;
    if (!isControl) this.#first = false;
    return { opcode, bytes: taken, first, last: final && frame.left === 0 };
  }
}
