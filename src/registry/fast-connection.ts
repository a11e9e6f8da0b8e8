import { connect as connectPlain, isIP, type OnReadOpts, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { ResponseHead } from './fast-head.ts';
import { isRange, type Part } from './ranges.ts';
import type { HostTls } from './trust.ts';

/** One GET, and where its answer's body goes. */
export interface Wish {
  /** The request's head, as it is sent. */
  readonly request: string;
  readonly part: Part;
  /** Whether the request is for a range, to be answered by 206, or for the whole blob, by 200. */
  readonly range: boolean;
  /** Bytes of the whole blob. */
  readonly size: number;
  readonly into: Buffer;
}

/**
 * - `filled`: the body is in the buffer, all of it.
 * - `unusual`: another answer; `unsuited`: one that all requests of this kind will get.
 * - `closed`: the connection ended before an answer began; `broken`: in the middle of one.
 */
export type ConnectionOutcome = 'filled' | 'unusual' | 'unsuited' | 'closed' | 'broken';

/** For heads, which come with the beginning of their bodies, and for ends of bodies. */
const HEAD_READ_BYTES = 64 * 1024;
/** What one read may bring of a body: fewer, larger reads cost less, up to about this size (measured). */
const BODY_READ_BYTES = 1024 * 1024;
const SILENCE_MS = 60_000;

/** One connection on which one request after the other is answered, reading bodies to where they belong. */
export class FastConnection {
  readonly #socket: Socket;
  readonly #heads = Buffer.allocUnsafeSlow(HEAD_READ_BYTES);
  #wish: Wish | undefined;
  #settle: (outcome: ConnectionOutcome) => void = () => undefined;
  #head = new ResponseHead();
  #filled = 0;
  #open = true;

  constructor(url: URL, tls: HostTls | undefined) {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
    const onread: OnReadOpts = {
      buffer: () => this.#room(),
      callback: (length, buffer) => this.#receive(buffer as Buffer, length),
    };
    this.#socket =
      tls === undefined ? connectPlain({ host, port, onread }) : openTls(host, port, onread, tls);
    this.#socket.setNoDelay(true);
    this.#socket.setTimeout(SILENCE_MS, () => this.#socket.destroy());
    // An error is always followed by 'close', and what it was is for the ordinary way to find out.
    this.#socket.on('error', () => undefined);
    this.#socket.on('end', () => this.#socket.destroy());
    this.#socket.on('close', () => this.#finish(this.#head.size === 0 ? 'closed' : 'broken', false));
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Sends the request and settles when its answer is complete. Rejects when the signal is aborted. */
  async ask(wish: Wish, signal: AbortSignal | undefined): Promise<ConnectionOutcome> {
    // An open socket that nobody asks anything would keep the program alive until its silence is noticed.
    if (signal?.aborted) this.close();
    signal?.throwIfAborted();
    const abort = () => this.#socket.destroy();
    signal?.addEventListener('abort', abort, { once: true });
    const outcome = await new Promise<ConnectionOutcome>(settle => {
      this.#wish = wish;
      this.#settle = settle;
      this.#head = new ResponseHead();
      this.#filled = 0;
      this.#socket.ref();
      this.#socket.write(wish.request, 'latin1');
    });
    signal?.removeEventListener('abort', abort);
    signal?.throwIfAborted();
    return outcome;
  }

  close(): void {
    this.#open = false;
    this.#socket.destroy();
  }

  /** Where the next read goes. */
  #room(): Buffer {
    if (this.#wish === undefined || this.#filled === 0) return this.#heads;
    const { into } = this.#wish;
    // The last byte comes by the other way, where it is seen when more follows.
    const end = Math.min(this.#filled + BODY_READ_BYTES, into.length - 1);
    return end > this.#filled ? into.subarray(this.#filled, end) : this.#heads;
  }

  /** Always true: to read on. */
  #receive(buffer: Buffer, length: number): boolean {
    const wish = this.#wish;
    if (wish === undefined) {
      // Nobody asked for this.
      this.close();
      return true;
    }
    if (buffer !== this.#heads) this.#filled += length;
    else if (this.#filled > 0) this.#fill(wish, buffer.subarray(0, length));
    else this.#begin(wish, buffer, length);
    return true;
  }

  /** The head, and what of the body came with it. */
  #begin(wish: Wish, buffer: Buffer, length: number): void {
    const start = this.#head.complete ? 0 : this.#head.take(buffer, length);
    if (!this.#head.complete) {
      if (this.#head.isTooLong) this.#finish('unusual', false);
      return;
    }
    const verdict = judge(this.#head, wish);
    if (verdict === 'filled') this.#fill(wish, buffer.subarray(start, length));
    else this.#finish(verdict, false);
  }

  #fill({ into }: Wish, bytes: Buffer): void {
    const room = into.length - this.#filled;
    this.#filled += bytes.copy(into, this.#filled);
    if (this.#filled < into.length) return;
    // Bytes beyond the stated length belong to nothing: what would come next could not be trusted.
    this.#finish('filled', bytes.length <= room && this.#head.get('connection') !== 'close');
  }

  #finish(outcome: ConnectionOutcome, reusable: boolean): void {
    this.#wish = undefined;
    if (reusable) this.#socket.unref();
    else this.close();
    this.#settle(outcome);
  }
}

/** The types of node:tls leave out `onread`, which it takes as node:net does. */
function openTls(host: string, port: number, onread: OnReadOpts, tls: HostTls): Socket {
  const options: ConnectionOptions & { onread: OnReadOpts } = { host, port, onread, ...tls };
  return connectTls(isIP(host) === 0 ? { ...options, servername: host } : options);
}

/** Whether the answer is the plain one that this lane is for. */
function judge(head: ResponseHead, { part, range, size }: Wish): 'filled' | 'unusual' | 'unsuited' {
  const { status } = head;
  if (status >= 300 && status < 400) return 'unsuited';
  if (status !== (range ? 206 : 200)) return 'unusual';
  if (head.get('transfer-encoding') !== undefined || head.get('content-encoding') !== undefined)
    return 'unsuited';
  if (head.get('content-length') !== String(part.length)) return 'unusual';
  return !range || isRange(head.get('content-range'), part, size) ? 'filled' : 'unusual';
}
