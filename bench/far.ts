import { connect, createServer, type Socket } from 'node:net';

/** Each way: between here and another continent's coast. */
const DELAY_MS = 20;
/** Of each connection and each way. */
const BYTES_PER_MS = 50_000;
/** On the way at a time: twice what a line of this length and width holds. */
const WINDOW_BYTES = 2 * BYTES_PER_MS * DELAY_MS;

/** A server as it is seen from far away. */
export interface Far {
  readonly host: string;
  close(): void;
}

/** A proxy in front of a server on this machine, through which every byte takes its time. */
export async function startFar(host: string): Promise<Far> {
  const [name, port] = host.split(':');
  const open = new Set<Socket>();
  const server = createServer(client => {
    const origin = connect({ host: name ?? '', port: Number(port) });
    for (const [from, to] of [
      [client, origin],
      [origin, client],
    ] as const) {
      open.add(from);
      from.setNoDelay(true);
      relay(from, to);
      from.on('error', () => to.destroy());
      from.on('close', () => open.delete(from));
    }
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return {
    host: `127.0.0.1:${address.port}`,
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

function relay(from: Socket, to: Socket): void {
  const line: { chunk: Buffer; arrives: number }[] = [];
  let onTheWay = 0;
  let lineFree = 0;
  let isWaiting = false;
  let ended = false;

  function deliver(): void {
    isWaiting = false;
    for (let next = line[0]; next !== undefined && next.arrives <= performance.now(); next = line[0]) {
      line.shift();
      onTheWay -= next.chunk.length;
      to.write(next.chunk);
    }
    if (onTheWay + to.writableLength < WINDOW_BYTES) from.resume();
    if (line.length === 0 && ended) to.end();
    else wait();
  }

  function wait(): void {
    const [next] = line;
    if (next === undefined || isWaiting) return;
    isWaiting = true;
    setTimeout(deliver, Math.max(0, next.arrives - performance.now()));
  }

  from.on('data', (chunk: Buffer) => {
    lineFree = Math.max(lineFree, performance.now()) + chunk.length / BYTES_PER_MS;
    line.push({ chunk, arrives: lineFree + DELAY_MS });
    onTheWay += chunk.length;
    if (onTheWay + to.writableLength >= WINDOW_BYTES) from.pause();
    wait();
  });
  to.on('drain', () => from.resume());
  from.on('end', () => {
    ended = true;
    if (line.length === 0) to.end();
  });
}
