import { connect as connectPlain, isIP, type OnReadOpts, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { ResponseHead } from './fast-head.ts';
import type { Stretch } from './fast-stretch.ts';
import { isRange } from './ranges.ts';
import type { HostTls } from './trust.ts';

/**
 * - `filled`: all of the stretch has come.
 * - `unusual`: another answer; `unsuited`: one that all requests of this kind will get.
 * - `closed`: the connection ended before an answer began; `broken`: in the middle of one.
 */
export type ConnectionOutcome = 'filled' | 'unusual' | 'unsuited' | 'closed' | 'broken';

/** For heads, which come with the beginning of their bodies, for ends of bodies, and for what comes after a pause. */
const HEAD_READ_BYTES = 64 * 1024;
/** What one read may bring of a body: fewer, larger reads cost less, up to about this size (measured). */
const BODY_READ_BYTES = 1024 * 1024;
const SILENCE_MS = 60_000;

/** One connection on which one request after the other is answered, reading bodies to where they belong. */
export class FastConnection {
  readonly #socket: Socket;
  readonly #heads = Buffer.allocUnsafeSlow(HEAD_READ_BYTES);
  /** What came while there was no room: TLS hands out all that it has decrypted. */
  #early: Buffer[] = [];
  #stretch: Stretch | undefined;
  #settle: (outcome: ConnectionOutcome) => void = () => undefined;
  #head = new ResponseHead();
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
    this.#socket.setTimeout(SILENCE_MS, () => this.#silent());
    // An error is always followed by 'close', and what it was is for the ordinary way to find out.
    this.#socket.on('error', () => undefined);
    this.#socket.on('end', () => this.#socket.destroy());
    this.#socket.on('close', () => this.#finish(this.#head.size === 0 ? 'closed' : 'broken', false));
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Sends the request and settles when its answer is complete. Rejects when the signal is aborted. */
  async ask(stretch: Stretch, request: string, signal: AbortSignal | undefined): Promise<ConnectionOutcome> {
    // An open socket that nobody asks anything would keep the program alive until its silence is noticed.
    if (signal?.aborted) this.close();
    signal?.throwIfAborted();
    const abort = () => this.#socket.destroy();
    signal?.addEventListener('abort', abort, { once: true });
    const outcome = await new Promise<ConnectionOutcome>(settle => {
      this.#stretch = stretch;
      this.#settle = settle;
      this.#head = new ResponseHead();
      stretch.onRoom = () => this.#goOn();
      stretch.onLeave = abort;
      this.#socket.ref();
      this.#socket.write(request, 'latin1');
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
    return (this.#head.complete ? this.#stretch?.room(BODY_READ_BYTES) : undefined) ?? this.#heads;
  }

  /** False stops reading until there is room again. */
  #receive(buffer: Buffer, length: number): boolean {
    const stretch = this.#stretch;
    if (stretch === undefined) {
      // Nobody asked for this.
      this.close();
      return true;
    }
    if (!this.#head.complete) this.#begin(stretch, buffer, length);
    else if (buffer === this.#heads) this.#take(stretch, buffer.subarray(0, length));
    else stretch.took(length);
    return this.#stretch === undefined || stretch.hasRoom;
  }

  /** The head, and what of the body came with it. */
  #begin(stretch: Stretch, buffer: Buffer, length: number): void {
    const start = this.#head.take(buffer, length);
    if (!this.#head.complete) {
      if (this.#head.isTooLong) this.#finish('unusual', false);
      return;
    }
    const verdict = judge(this.#head, stretch);
    if (verdict === 'filled') this.#take(stretch, buffer.subarray(start, length));
    else this.#finish(verdict, false);
  }

  #take(stretch: Stretch, bytes: Buffer): void {
    const done = this.#early.length > 0 ? 0 : stretch.put(bytes);
    if (!stretch.isComplete) {
      // A copy: the memory is read to again.
      if (done < bytes.length) this.#early.push(Buffer.from(bytes.subarray(done)));
      return;
    }
    // Bytes beyond the stated length belong to nothing: what would come next could not be trusted.
    this.#finish('filled', done === bytes.length && this.#head.get('connection') !== 'close');
  }

  /** There is room: for what came early, and then for more. */
  #goOn(): void {
    const stretch = this.#stretch;
    if (stretch === undefined || !this.#head.complete) return;
    if (this.#early.length > 0) this.#take(stretch, Buffer.concat(this.#early.splice(0)));
    if (this.#stretch === stretch && stretch.hasRoom) this.#socket.resume();
  }

  /** A pause of ours is no silence of the registry. */
  #silent(): void {
    if (this.#stretch?.hasRoom === false) this.#socket.setTimeout(SILENCE_MS);
    else this.#socket.destroy();
  }

  #finish(outcome: ConnectionOutcome, reusable: boolean): void {
    this.#stretch = undefined;
    if (reusable) {
      this.#socket.unref();
      // The end may have come early, in a pause: the next answer would never be read.
      this.#socket.resume();
    } else {
      this.close();
    }
    this.#settle(outcome);
  }
}

/** The types of node:tls leave out `onread`, which it takes as node:net does. */
function openTls(host: string, port: number, onread: OnReadOpts, tls: HostTls): Socket {
  const options: ConnectionOptions & { onread: OnReadOpts } = { host, port, onread, ...tls };
  return connectTls(isIP(host) === 0 ? { ...options, servername: host } : options);
}

/** Whether the answer is the plain one that this lane is for. */
function judge(head: ResponseHead, { from, end, size, isWhole }: Stretch): 'filled' | 'unusual' | 'unsuited' {
  const { status } = head;
  const part = { offset: from, length: end - from };
  if (status >= 300 && status < 400) return 'unsuited';
  if (status !== (isWhole ? 200 : 206)) return 'unusual';
  if (head.get('transfer-encoding') !== undefined || head.get('content-encoding') !== undefined)
    return 'unsuited';
  if (head.get('content-length') !== String(part.length)) return 'unusual';
  return isWhole || isRange(head.get('content-range'), part, size) ? 'filled' : 'unusual';
}
