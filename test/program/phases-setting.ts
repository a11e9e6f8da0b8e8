import { setTimeout as sleep } from 'node:timers/promises';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { LEASE, LEASES } from '../../src/restore/run-lease.ts';
import type { Call } from '../../src/sandbox/apiserver/call.ts';
import { conflicting, type Effect, missing, unanswered, withoutConditions } from '../faults/apiserver.ts';
import { LAYERED } from '../support/embedded.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { ShellInTerminal } from '../support/shell.ts';

export let pair: Pair;
export let shell: ShellInTerminal;

/** The terminal as the shell has it. */
export let modes: string;

/** The target's revision when nothing had been written to it. */
export let untouched: number;
export let recipient: string;

export async function begun(): Promise<void> {
  pair = await startPair({ source: { name: 'source', landscape: LAYERED } });
  untouched = pair.target.server.storage.revision;
}

beforeAll(async () => {
  recipient = await identityToRecipient(await generateX25519Identity());
  await begun();
}, 60_000);

afterAll(() => pair?.stop());

beforeEach(async () => {
  shell = await ShellInTerminal.open();
  modes = await shell.modes();
});

afterEach(async () => {
  shell.close();
  pair.source.faults.clear();
  pair.target.faults.clear();
  const { cluster } = pair.target;
  if ((await cluster.get(LEASES, LEASE.namespace, LEASE.name)) !== undefined) {
    await cluster.delete(LEASES, LEASE.namespace, LEASE.name);
  }
});

/** More calls than anybody makes. */
export const FOR_EVER = 10_000;

export const gets = (path: RegExp) => (call: Call) => call.method === 'GET' && path.test(call.path);

export const changes = (path: RegExp) => (call: Call) => call.method !== 'GET' && path.test(call.path);

/** Something never answers: an API server from a certain call on, a registry to certain requests, a slow file. */
export const hold = {
  source: (concerns: (call: Call) => boolean) => pair.source.faults.api.add(concerns, unanswered, FOR_EVER),
  target: (concerns: (call: Call) => boolean) => pair.target.faults.api.add(concerns, unanswered, FOR_EVER),
  sourceRegistry: (on: RegExp) => pair.source.faults.registry({ kind: 'silent', on }),
  targetRegistry: (on: RegExp) => pair.target.faults.registry({ kind: 'silent', on }),
  unready: (path: RegExp) => pair.target.faults.api.add(gets(path), withoutConditions, FOR_EVER),
  conflict: (path: RegExp) => pair.target.faults.api.add(changes(path), conflicting, FOR_EVER),
  watches: () => pair.source.faults.api.add(({ query }) => query.has('watch'), endless, FOR_EVER),
  absent: (path: RegExp) => pair.target.faults.api.add(gets(path), missing, FOR_EVER),
};

/** What the server has to tell of changes never comes to an end. */
const endless: Effect = async () => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: '',
  stream: async (write, closed) => {
    for (; !closed.aborted; await sleep(30)) write('\n');
  },
});
