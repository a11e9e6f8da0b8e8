import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/base/object.ts';
import {
  cutAfter,
  type Effect,
  everything,
  expired,
  failing,
  laterPagesOf,
  listsOf,
  tooMany,
} from '../faults/apiserver.ts';
import { type Stage, startStage, TINY } from '../support/embedded.ts';
import { runProgram } from '../support/program.ts';

let stage: Stage;
let calm: Buffer;

beforeAll(async () => {
  stage = await startStage({ name: 'source', landscape: TINY });
  calm = await exported('calm.tar');
}, 60_000);
afterAll(() => stage?.stop());
beforeEach(() => stage.faults.clear());

/** Registry logins in the form that docker had before 1.7. */
const olderLogins: Effect = async (call, next) => {
  const answer = await next(call);
  const list = answer.body as { items: KubeObject[] };
  const items = list.items.map(secret => {
    const config = secret.data?.['.dockerconfigjson'];
    if (typeof config !== 'string') return secret;
    const { auths } = JSON.parse(Buffer.from(config, 'base64').toString());
    const data = { '.dockercfg': Buffer.from(JSON.stringify(auths)).toString('base64') };
    return { ...secret, type: 'kubernetes.io/dockercfg', data };
  });
  return { ...answer, body: { ...list, items } };
};

/** The bytes of an export that succeeds with nothing lost. */
async function exported(file: string): Promise<Buffer> {
  const path = join(stage.directory, file);
  const args = ['export', path, '--kubeconfig', stage.kubeconfigFile, '--plaintext-secrets'];
  const { code, stderr } = await runProgram(args, { env: { SOURCE_DATE_EPOCH: '1700000000' } });
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('error:') });
  return readFile(path);
}

describe('an export that meets trouble ends with the same bytes', () => {
  it('when flow control holds it back, lists fail and answers break off', async () => {
    const { api } = stage.faults;
    api.add(listsOf('cfapps'), tooMany(1));
    api.add(listsOf('secrets'), failing(500), 2);
    api.add(listsOf('cfspaces'), cutAfter(100));
    api.add(listsOf('cfbuilds'), failing(503));
    api.add(everything, cutAfter(0));
    expect((await exported('api.tar')).equals(calm)).toBe(true);
  });

  it('when its place in a list is gone', async () => {
    stage.faults.api.add(laterPagesOf('secrets'), expired);
    expect((await exported('expired.tar')).equals(calm)).toBe(true);
  });

  it('when the registry resets, falters and asks for patience', async () => {
    stage.faults.registry(
      { kind: 'reset', after: 100, on: /^GET .*\/blobs\//, times: 3 },
      { kind: 'truncate', after: 10, on: /^GET .*\/blobs\//, times: 2 },
      { kind: 'status', status: 429, headers: { 'retry-after': '1' }, on: /\/manifests\//, times: 2 },
      { kind: 'status', status: 503, on: /\/blobs\//, times: 2 },
      { kind: 'reset', after: -1, on: /\/manifests\//, times: 2 },
    );
    expect((await exported('registry.tar')).equals(calm)).toBe(true);
  });

  it('when the registry knows no ranges', async () => {
    stage.faults.registry({ kind: 'no-ranges', on: /\/blobs\// });
    expect((await exported('whole-blobs.tar')).equals(calm)).toBe(true);
  });
});

describe('an export', () => {
  it('logs in at registries with Secrets of the older form too', async () => {
    stage.faults.api.add(listsOf('secrets'), olderLogins, 9);
    expect((await exported('older.tar')).length).toBeGreaterThan(calm.length / 2);
  });
});
