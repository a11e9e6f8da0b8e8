import { createHash } from 'node:crypto';
import { createServer, request as forward, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** An API server in front of another one, which also forwards ports to pods as API server and kubelet do together. */
export interface PortForwards {
  readonly url: string;
  /** `POD:PORT` of every port that was forwarded. */
  readonly opened: readonly string[];
  /** Ends all tunnels without a farewell. */
  breakAll(): void;
  stop(): Promise<void>;
}

export interface PortForwardOptions {
  /** Where a port leads, `host:port`; what it throws the kubelet complains of. */
  readonly target: (pod: string, port: number) => string;
  /** The answer to a request for a tunnel, instead of one. */
  readonly refuse?: (pod: string) => { status: number; body: object } | undefined;
  /** PEM texts; with them it is a kubelet, which API servers speak TLS with. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Bytes of a frame from the server; they are cut without regard to frames when they are sent. */
  readonly frameBytes?: number;
}

/** Of a pod, at the API server and at its kubelet. */
const PATHS = /^\/api\/v1\/namespaces\/[^/]+\/pods\/([^/]+)\/portforward$|^\/portForward\/[^/]+\/([^/]+)/;

/** Everything but port-forwards goes on to `behind`. */
export async function startPortForwards(
  behind: string,
  { target, refuse = () => undefined, frameBytes = 32 * 1024, tls }: PortForwardOptions,
): Promise<PortForwards> {
  const opened: string[] = [];
  const sockets = new Set<Duplex>();
  const pass: RequestListener = (request, response) => {
    const { method, url = '/', headers } = request;
    const onward = forward(new URL(url, behind), { method: method ?? 'GET', headers }, answer => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  };
  const server = tls === undefined ? createServer(pass) : createTlsServer(tls, pass);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => undefined);
    const url = new URL(request.url ?? '/', behind);
    const pod = PATHS.exec(url.pathname)?.slice(1).find(Boolean) ?? '';
    const refusal = refuse(pod);
    if (refusal !== undefined) {
      const body = JSON.stringify(refusal.body);
      const head = `content-type: application/json\r\ncontent-length: ${body.length}`;
      socket.end(`HTTP/1.1 ${refusal.status} Refused\r\n${head}\r\n\r\n${body}`);
      return;
    }
    const port = Number(url.searchParams.get('ports') ?? url.searchParams.get('port'));
    opened.push(`${pod}:${port}`);
    sockets.add(socket.on('close', () => sockets.delete(socket)));
    socket.write(acceptance(request));
    serve(socket, port, frameBytes, () => target(pod, port));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    opened,
    breakAll,
    stop: async () => {
      breakAll();
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

function acceptance({ headers }: IncomingMessage): string {
  const key = `${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  return [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${createHash('sha1').update(key).digest('base64')}`,
    `Sec-WebSocket-Protocol: ${headers['sec-websocket-protocol']}`,
    '\r\n',
  ].join('\r\n');
}

/** Both channels begin with the port in two bytes; then channel 0 carries what the pod says, channel 1 complaints. */
function serve(socket: Duplex, port: number, frameBytes: number, target: () => string): void {
  const send = (channel: number, bytes: Buffer) => {
    for (let at = 0; at < bytes.length; at += frameBytes) {
      const piece = bytes.subarray(at, at + frameBytes);
      socket.write(frame(2, Buffer.concat([Buffer.from([channel]), piece])));
    }
  };
  const preamble = Buffer.from([port & 0xff, port >> 8]);
  send(0, preamble);
  send(1, preamble);
  // A proxy on the way may ask whether anybody is still there.
  socket.write(frame(9, Buffer.from('there?')));
  const farewell = () => socket.end(frame(8, Buffer.from([0x03, 0xe8])));
  const complain = (reason: string) => {
    send(1, Buffer.from(`error forwarding port ${port} to pod x, uid : ${reason}`));
    farewell();
  };
  let place: string;
  try {
    place = target();
  } catch (error) {
    complain((error as Error).message);
    return;
  }
  const [host = '', number = ''] = place.split(':');
  const pod = connect(Number(number), host);
  pod.on('data', bytes => send(0, bytes as Buffer));
  pod.on('end', farewell);
  pod.on('error', error => complain(error.message));
  socket.on('close', () => pod.destroy());
  unframe(socket, (opcode, payload) => {
    if (opcode === 8) farewell();
    else if (opcode === 2 && payload[0] === 0) pod.write(payload.subarray(1));
  });
}

function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head = length < 126 ? [length] : length < 65_536 ? [126, length >> 8, length & 0xff] : [127];
  const long = Buffer.alloc(length < 65_536 ? 0 : 8);
  if (long.length > 0) long.writeBigUInt64BE(BigInt(length));
  return Buffer.concat([Buffer.from([0x80 | opcode, ...head]), long, payload]);
}

/** Clients must mask what they send. */
function unframe(socket: Duplex, receive: (opcode: number, payload: Buffer) => void): void {
  let held = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 2) {
      const [first = 0, second = 0] = held;
      if (second < 0x80) throw new Error('a client sent a frame without a mask');
      const short = second & 0x7f;
      const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
      if (held.length < 6 + extra) return;
      const length =
        extra === 2 ? held.readUInt16BE(2) : extra === 8 ? Number(held.readBigUInt64BE(2)) : short;
      const start = 6 + extra;
      if (held.length < start + length) return;
      const mask = held.subarray(start - 4, start);
      const payload = Buffer.from(held.subarray(start, start + length)).map(
        (byte, at) => byte ^ (mask[at & 3] ?? 0),
      );
      held = held.subarray(start + length);
      receive(first & 0x0f, Buffer.from(payload));
    }
  });
}
