import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { buildConnector } from 'undici';

const VERSION = 5;
const NO_LOGIN = 0;
const PASSWORD = 2;
const REPLIES = [
  'succeeded',
  'general failure',
  'connection not allowed',
  'network unreachable',
  'host unreachable',
  'connection refused',
  'time to live expired',
  'command not supported',
  'address type not supported',
];

/** Makes undici's connections through a SOCKS5 proxy (RFC 1928), logged in by user name and password (RFC 1929). */
export function socksConnector(
  proxy: URL,
  options: buildConnector.BuildOptions & { timeout: number },
): buildConnector.connector {
  const secure = buildConnector(options);
  return (target, callback) => {
    const port = Number(target.port) || (target.protocol === 'https:' ? 443 : 80);
    tunnel(proxy, target.hostname, port, options.timeout).then(
      socket => {
        if (target.protocol === 'https:') secure({ ...target, httpSocket: socket }, callback);
        else callback(null, socket);
      },
      (error: Error) => callback(error, null),
    );
  };
}

async function tunnel(proxy: URL, host: string, port: number, timeoutMs: number): Promise<Socket> {
  const socket = connect(Number(proxy.port) || 1080, proxy.hostname.replace(/^\[|\]$/g, ''));
  const timer = setTimeout(
    () => socket.destroy(new Error('the SOCKS proxy did not answer in time')),
    timeoutMs,
  );
  try {
    await once(socket, 'connect');
    await logIn(socket, proxy);
    socket.write(Buffer.concat([Buffer.from([VERSION, 1, 0]), addressOf(host), portOf(port)]));
    const [, reply = 1, , kind = 0] = await take(socket, 4);
    if (reply !== 0) throw new Error(`the SOCKS proxy answered: ${REPLIES[reply] ?? `reply ${reply}`}`);
    // The address that the proxy connects from is of no use to anybody.
    await take(socket, (kind === 3 ? ((await take(socket, 1))[0] ?? 0) : kind === 4 ? 16 : 4) + 2);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function logIn(socket: Socket, proxy: URL): Promise<void> {
  const methods = proxy.username === '' ? [NO_LOGIN] : [NO_LOGIN, PASSWORD];
  socket.write(Buffer.from([VERSION, methods.length, ...methods]));
  const [, method] = await take(socket, 2);
  if (method === NO_LOGIN) return;
  if (method !== PASSWORD || proxy.username === '') throw new Error('the SOCKS proxy wants another login');
  const [name, password] = [proxy.username, proxy.password].map(text =>
    Buffer.from(decodeURIComponent(text)),
  );
  socket.write(Buffer.concat([Buffer.from([1]), withLength(name), withLength(password)]));
  const [, status] = await take(socket, 2);
  if (status !== 0) throw new Error('the SOCKS proxy does not accept the user name and password');
}

/** Exactly so many bytes; the socket stays paused, so that what follows them is the tunnel's. */
async function take(socket: Socket, size: number): Promise<Buffer> {
  for (;;) {
    const bytes: Buffer | null = socket.read(size);
    if (bytes !== null && bytes.length === size) return bytes;
    if (socket.destroyed || socket.readableEnded)
      throw socket.errored ?? new Error('the SOCKS proxy hung up');
    const waiting = new AbortController();
    const events = ['readable', 'end', 'close'].map(event => once(socket, event, { signal: waiting.signal }));
    await Promise.race(events).finally(() => waiting.abort());
    for (const event of events) event.catch(() => undefined);
  }
}

function addressOf(host: string): Buffer {
  const bare = host.replace(/^\[|\]$/g, '');
  if (isIP(bare) === 4) return Buffer.from([1, ...bare.split('.').map(Number)]);
  // The proxy resolves names, and reads an IPv6 address as one, too.
  return Buffer.concat([Buffer.from([3]), withLength(Buffer.from(bare))]);
}

function portOf(port: number): Buffer {
  return Buffer.from([port >> 8, port & 0xff]);
}

function withLength(bytes: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}
