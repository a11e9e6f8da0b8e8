/**
 * `node bench/post.ts KUBECONFIG FILE`: creates every object of a JSON list over plain connections and does nothing else
 * about it: how many an API server takes.
 */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { forEachLimit } from '../src/base/concurrency.ts';
import type { KubeObject } from '../src/base/object.ts';
import { FILLED_KINDS } from './foundation.ts';

/** From here on the server is the limit. */
const CONNECTIONS = 32;

const [kubeconfig = '', file = ''] = process.argv.slice(2);
const { clusters, users } = JSON.parse(readFileSync(kubeconfig, 'utf8'));
const { server, 'certificate-authority': ca } = clusters[0].cluster;
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, ca: readFileSync(ca) });
const headers = { authorization: `Bearer ${users[0].user.token}`, 'content-type': 'application/json' };
const { items } = JSON.parse(readFileSync(file, 'utf8')) as { items: KubeObject[] };
await forEachLimit(items, CONNECTIONS, post);
agent.destroy();

function post(object: KubeObject): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const sent = request(`${server}${pathOf(object)}`, { method: 'POST', agent, headers }, answer => {
    if (answer.statusCode === 201) answer.resume().on('end', resolve);
    else reject(new Error(`${object.kind} ${object.metadata.name}: ${answer.statusCode}`));
  });
  sent.on('error', reject).end(JSON.stringify(object));
  return promise;
}

function pathOf({ apiVersion, kind, metadata }: KubeObject): string {
  const plural = FILLED_KINDS.find(one => one.kind === kind)?.plural;
  if (plural === undefined) return `/api/v1/${kind.toLowerCase()}s`;
  return `/apis/${apiVersion}/namespaces/${metadata.namespace}/${plural}`;
}
