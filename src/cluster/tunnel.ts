import { Duplex } from 'node:stream';
import { Failure } from '../base/errors.ts';
import { FrameReader, frameOf, OPCODE } from './websocket.ts';

/** Written at a time: what goes into one frame is copied to be masked. */
const FRAME_BYTES = 64 * 1024;
/** More than any kubelet has to say about a port. */
const ERROR_BYTES = 4096;
const DATA = Buffer.from([0]);
/** The port, with which both channels begin. */
const PREAMBLE = 2;

/**
 * One connection to a port of a pod, inside a WebSocket connection to the API server (`v4.channel.k8s.io`, as the
 * kubelet's streaming server speaks it): every message begins with its channel's number, 0 for the data, 1 for what
 * went wrong; each channel begins with the port in two bytes. What the kubelet says on channel 1 ends the connection
 * with an error whose cause is a Failure.
 */
export class Tunnel extends Duplex {
  readonly #socket: Duplex & { ref?(): void; unref?(): void };
  readonly #pod: string;
  readonly #frames = new FrameReader();
  readonly #preamble = [PREAMBLE, PREAMBLE];
  #channel = 0;
  #complaint = '';
  /** Nothing more comes. */
  #over = false;

  /** @param pod for messages */
  constructor(socket: Duplex, pod: string) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    this.#pod = pod;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', error => this.destroy(error));
    socket.on('end', () => this.#end());
    socket.on('close', () => this.#closed());
    socket.pause();
  }

  /** As of a socket: whether this connection keeps the program alive. */
  ref(): this {
    this.#socket.ref?.();
    return this;
  }

  unref(): this {
    this.#socket.unref?.();
    return this;
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    for (let at = 0; at < chunk.length - FRAME_BYTES; at += FRAME_BYTES) {
      this.#socket.write(frameOf(OPCODE.binary, DATA, chunk.subarray(at, at + FRAME_BYTES)));
    }
    const last = chunk.length === 0 ? 0 : Math.floor((chunk.length - 1) / FRAME_BYTES) * FRAME_BYTES;
    this.#socket.write(frameOf(OPCODE.binary, DATA, chunk.subarray(last)), done);
  }

  /** A channel cannot be half closed: whoever ends a connection has had its answer. */
  override _final(done: () => void): void {
    if (!this.#socket.writableEnded) this.#socket.end(frameOf(OPCODE.close));
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #take(chunk: Buffer): void {
    try {
      for (const { opcode, bytes, first, last } of this.#frames.take(chunk)) {
        if (opcode === OPCODE.ping) this.#socket.write(frameOf(OPCODE.pong, bytes));
        else if (opcode === OPCODE.close) this.#end();
        else if (opcode < OPCODE.close) this.#message(bytes, first, last);
        if (this.destroyed) return;
      }
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  #message(bytes: Buffer, first: boolean, last: boolean): void {
    let payload = bytes;
    if (first && bytes.length > 0) {
      this.#channel = bytes[0] ?? 0;
      payload = bytes.subarray(1);
    }
    const skipped = Math.min(this.#preamble[this.#channel] ?? 0, payload.length);
    this.#preamble[this.#channel] = (this.#preamble[this.#channel] ?? 0) - skipped;
    payload = payload.subarray(skipped);
    if (payload.length === 0) return;
    if (this.#channel !== 0) this.#complain(payload, last);
    else if (!this.#over && !this.push(payload)) this.#socket.pause();
  }

  #complain(payload: Buffer, last: boolean): void {
    this.#complaint = (this.#complaint + payload.toString('utf8')).slice(0, ERROR_BYTES);
    if (!last) return;
    const cause = new Failure('not-connected', `the tunnel to it broke: ${this.#complaint}`, {
      subject: `pod ${this.#pod}`,
    });
    this.destroy(new Error(cause.message, { cause }));
  }

  /** Without a farewell too, whoever reads finds the end of the connection. */
  #closed(): void {
    this.#end();
    this.end();
  }

  #end(): void {
    this.#over = true;
    this.push(null);
  }
}
