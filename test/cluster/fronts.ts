import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { afterwards } from './server.ts';

/** A server in front of another one, which counts who connects. */
export interface Front {
  readonly port: number;
  readonly connections: Socket[];
}

/** Speaks TLS and passes what is inside on to an API server. */
export function tlsFront(target: string, options: TlsOptions): Promise<Front & { readonly peers: string[] }> {
  const peers: string[] = [];
  const server = createTlsServer(options, (socket: TLSSocket) => {
    peers.push(String(socket.getPeerCertificate()?.subject?.CN ?? ''));
    pass(socket, connect(Number(new URL(target).port), '127.0.0.1'));
  });
  return started(server).then(front => ({ ...front, peers }));
}

/** An HTTP proxy that opens tunnels (CONNECT) and forwards plain requests to where they say. */
export async function httpProxy(): Promise<Front & { readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createHttpServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    fetch(request.url ?? '').then(
      async answer =>
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text()),
      error => response.destroy(error),
    );
  });
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    asked.push(`CONNECT ${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim());
    const port = Number(request.url?.split(':')[1]);
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      pass(socket, upstream);
    });
  });
  return { ...(await started(server)), asked };
}

/** A SOCKS5 proxy that wants a user name and a password, `me:secret` (RFC 1928, RFC 1929). */
export async function socksProxy(): Promise<Front & { readonly asked: number[] }> {
  const asked: number[] = [];
  const server = createServer(async socket => {
    await answer(socket, [5, 2]);
    const login = await answer(socket, []);
    socket.write(Buffer.from([1, login.includes('me') && login.includes('secret') ? 0 : 1]));
    const request = await answer(socket, []);
    const port = request.readUInt16BE(request.length - 2);
    asked.push(port);
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]));
      pass(socket, upstream);
    });
  });
  return { ...(await started(server)), asked };
}

async function answer(socket: Socket, bytes: number[]): Promise<Buffer> {
  const [request] = (await once(socket, 'data')) as [Buffer];
  socket.write(Buffer.from(bytes));
  return request;
}

function pass(a: Socket, b: Socket): void {
  a.pipe(b).pipe(a);
  // Either end may vanish in the middle: the other one follows.
  for (const [end, other] of [
    [a, b],
    [b, a],
  ] as const)
    end.on('error', () => other.destroy());
}

async function started(server: Server): Promise<Front> {
  const connections: Socket[] = [];
  server.on('connection', socket => connections.push(socket));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  afterwards(async () => {
    for (const socket of connections) socket.destroy();
    await new Promise(resolve => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, connections };
}
