import type { IncomingMessage, ServerResponse } from 'node:http';

/** Something that goes wrong with an answer. `after` is in bytes of the body. */
type FaultKind =
  /** The connection is reset, or closed, in the middle of the body; before the head with `after: -1`. */
  | { readonly kind: 'reset' | 'truncate'; readonly after: number }
  /** The body goes on beyond its Content-Length. */
  | { readonly kind: 'overlong' }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  /** A range is answered by the whole blob. */
  | { readonly kind: 'no-ranges' }
  /** A range is answered by another one, and says so. */
  | { readonly kind: 'wrong-range' }
  /** One byte of the body is another. */
  | { readonly kind: 'wrong-bytes' }
  /** The body comes without a Content-Length, in chunks. */
  | { readonly kind: 'chunked' }
  /** A field of the head says something else, or is not there. */
  | {
      readonly kind: 'field';
      readonly name: string;
      readonly value: (said: string) => string | undefined;
    }
  /** Something is done, and answered by another status. */
  | { readonly kind: 'done-as'; readonly status: number }
  | { readonly kind: 'redirect'; readonly to: (path: string) => string }
  /** A mount is answered by an upload session. */
  | { readonly kind: 'refuse-mount' }
  /** So many bytes of the request's body are read and kept, as far as the registry keeps them; then it is reset. */
  | { readonly kind: 'reset-request'; readonly after: number }
  /** The request is carried out, and its answer is lost. */
  | { readonly kind: 'lose-answer' }
  /** The request is never answered. */
  | { readonly kind: 'silent' }
  /** The body comes in pieces, some time apart. */
  | { readonly kind: 'drip'; readonly bytes: number; readonly delayMs: number };

/** Which requests go wrong, and how often. */
export type Fault = FaultKind & {
  /** On `METHOD /path`; every request by default. */
  readonly on?: RegExp;
  /** How many such requests go wrong before all is well; for ever by default. */
  readonly times?: number;
};

type Intercept = (request: IncomingMessage, response: ServerResponse) => boolean;

/** An interceptor for the sandbox registry that makes the first fitting fault happen to each request. */
export function faulty(...faults: readonly Fault[]): Intercept {
  const left = faults.map(({ times }) => times ?? Number.POSITIVE_INFINITY);
  return (request, response) => {
    const line = `${request.method} ${request.url}`;
    const at = faults.findIndex(
      ({ on }, index) => (on === undefined || on.test(line)) && (left[index] ?? 0) > 0,
    );
    const fault = faults[at];
    if (fault === undefined) return false;
    left[at] = (left[at] ?? 0) - 1;
    return happen(fault, request, response);
  };
}

/** True when the request is answered by this; false when the registry is to go on. */
function happen(fault: Fault, request: IncomingMessage, response: ServerResponse): boolean {
  switch (fault.kind) {
    case 'status':
      response
        .writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers })
        .end(fault.body);
      return true;
    case 'redirect':
      response.writeHead(307, { location: fault.to(request.url ?? ''), 'content-length': 0 }).end();
      return true;
    case 'silent':
      return true;
    case 'reset-request':
      resetAfter(fault.after, request);
      return false;
    case 'lose-answer':
      response.writeHead = () => response.destroy() as typeof response;
      return false;
    case 'no-ranges':
      delete request.headers.range;
      return false;
    case 'refuse-mount':
      request.url = request.url?.replace(/\?mount=.*/, '');
      return false;
    case 'wrong-range':
      onHead(response, headers => {
        headers['content-range'] = String(headers['content-range']).replace(/\d+-(\d+)/, '0-$1');
      });
      return false;
    case 'field':
      onHead(response, headers => {
        const value = fault.value(String(headers[fault.name] ?? ''));
        if (value === undefined) delete headers[fault.name];
        else headers[fault.name] = value;
      });
      return false;
    case 'done-as':
      onHead(response, () => undefined, fault.status);
      return false;
    case 'chunked':
      onHead(response, headers => void delete headers['content-length']);
      return false;
    case 'reset':
    case 'truncate':
      if (fault.after < 0) {
        cut(fault.kind, response);
        return true;
      }
      break;
  }
  onBody(response, body => spoil(fault, response, body));
  return false;
}

/** Lets the registry read the beginning of a body, whose connection breaks then. */
function resetAfter(bytes: number, request: IncomingMessage): void {
  const iterate = request[Symbol.asyncIterator].bind(request);
  request[Symbol.asyncIterator] = async function* () {
    let left = bytes;
    for await (const chunk of iterate()) {
      yield chunk.subarray(0, left);
      left -= chunk.length;
      if (left > 0) continue;
      request.socket.resetAndDestroy();
      return;
    }
  } as typeof iterate;
}

/** Lets the registry write its head, and takes over when it wants to send the body. */
function onBody(response: ServerResponse, send: (body: Buffer) => void): void {
  const { end } = response;
  response.end = ((body?: Buffer | string) => {
    response.end = end;
    send(Buffer.from(body ?? ''));
    return response;
  }) as typeof end;
}

function spoil(fault: Fault, response: ServerResponse, body: Buffer): void {
  switch (fault.kind) {
    case 'reset':
    case 'truncate':
      response.write(body.subarray(0, fault.after), () => cut(fault.kind as 'reset', response));
      if (fault.after === 0) response.flushHeaders();
      return;
    case 'overlong':
      response.write(body, () => response.socket?.write('more than was said'));
      return;
    case 'wrong-bytes':
      response.end(flipped(body));
      return;
    case 'drip':
      void drip(response, body, fault.bytes, fault.delayMs);
      return;
    default:
      throw new Error(`${fault.kind} is set up before the head`);
  }
}

function cut(kind: 'reset' | 'truncate', response: ServerResponse): void {
  if (kind === 'reset') response.socket?.resetAndDestroy();
  else response.socket?.destroy();
}

function flipped(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  const middle = copy.length >> 1;
  copy[middle] = (copy[middle] ?? 0) ^ 1;
  return copy;
}

async function drip(response: ServerResponse, body: Buffer, bytes: number, delayMs: number): Promise<void> {
  for (let at = 0; at < body.length && !response.destroyed; at += bytes) {
    response.write(body.subarray(at, at + bytes));
    // What fits into one piece comes whole.
    if (body.length <= bytes) break;
    await new Promise(resolve => setTimeout(resolve, delayMs));
  }
  response.end();
}

/** Changes the head that the registry is about to write. */
function onHead(
  response: ServerResponse,
  change: (headers: Record<string, string | number>) => void,
  otherStatus?: number,
): void {
  const { writeHead } = response;
  response.writeHead = ((status: number, headers: Record<string, string | number>) => {
    response.writeHead = writeHead;
    change(headers);
    return response.writeHead(otherStatus ?? status, headers);
  }) as typeof writeHead;
}
