import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Catalog } from './client.ts';

/** What a broker was asked to do; looks at its catalog are not counted. */
type BrokerCall = 'provision' | 'deprovision' | 'bind' | 'unbind';

/** A service broker on this machine, which several foundations may share. It counts what it is asked to do. */
export interface SandboxBroker {
  readonly url: string;
  readonly login: { readonly username: string; readonly password: string };
  /** In the order in which they came: `bind 1234`, with the GUID of what it is about. */
  readonly calls: readonly `${BrokerCall} ${string}`[];
  stop(): Promise<void>;
}

const CATALOG: Catalog = {
  services: [
    {
      id: 'pg',
      name: 'postgres',
      description: 'a database of your own',
      plans: [
        { id: 'pg-small', name: 'small', free: true },
        { id: 'pg-large', name: 'large', free: false },
      ],
    },
  ],
};
const LOGIN = { username: 'korifi', password: 'broker-password' };
const PATH = /^\/v2\/(?:(catalog)|service_instances\/([^/?]+)(?:\/service_bindings\/([^/?]+))?)(?:\?.*)?$/;

interface BrokerOptions {
  /** Under which address others reach it. */
  readonly address?: string;
  /** A free one unless stated. */
  readonly port?: number;
}

/** Starts a broker, on the loopback address unless stated. Every bind gives out another password. */
export async function startBroker({
  address = '127.0.0.1',
  port: wanted = 0,
}: BrokerOptions = {}): Promise<SandboxBroker> {
  const calls: `${BrokerCall} ${string}`[] = [];
  const server = createServer(async (request, response) => {
    request.resume();
    const [status, body] = answer(request, calls);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  const at = address === '127.0.0.1' ? address : '0.0.0.0';
  await new Promise<void>(resolve => server.listen(wanted, at, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${address}:${port}`,
    login: LOGIN,
    calls,
    stop: async () => {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

function answer(
  { url = '', method = '', headers }: IncomingMessage,
  calls: `${BrokerCall} ${string}`[],
): [status: number, body: object] {
  const expected = `Basic ${Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString('base64')}`;
  if (headers.authorization !== expected) return [401, { description: 'wrong login' }];
  const [, catalog, instance, binding] = PATH.exec(url) ?? [];
  if (catalog !== undefined) return [200, CATALOG];
  if (instance === undefined) return [404, {}];
  if (method === 'PUT') {
    calls.push(binding === undefined ? `provision ${instance}` : `bind ${binding}`);
    const credentials = { host: 'db.example.com', username: 'app', password: randomBytes(9).toString('hex') };
    return [201, binding === undefined ? {} : { credentials }];
  }
  if (method !== 'DELETE') return [405, {}];
  calls.push(binding === undefined ? `deprovision ${instance}` : `unbind ${binding}`);
  return [200, {}];
}
