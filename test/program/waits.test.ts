import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/base/object.ts';
import type { ApiResource } from '../../src/cluster/cluster.ts';
import type { Call } from '../../src/sandbox/apiserver/call.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';
import { until } from '../../src/sandbox/platform/until.ts';
import { type Effect, withoutConditions } from '../faults/apiserver.ts';
import type { Stage } from '../support/embedded.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { runProgram } from '../support/program.ts';

/** Looks at the import that find it unfilled although it is filled. */
const BLIND_LOOKS = 4;

describe('a restore', () => {
  let pair: Pair;
  let source: Stage;
  let target: Stage;
  beforeAll(async () => {
    pair = await startPair({ before: shareSecret });
    ({ source, target } = pair);
  }, 60_000);
  afterAll(() => pair?.stop());

  const restore = (...flags: string[]) => runProgram(pair.restoring('--yes', '-o', 'json', ...flags));

  it('waits for imported Secrets, and for the droplets of apps that are left stopped', async () => {
    const isLook = ({ method, path }: Call) => method === 'GET' && /\/secretimports\/[^/]+$/.test(path);
    target.faults.api.add(
      isLook,
      async (call, next) => {
        const answer = await next(call);
        const { status: _, ...blind } = answer.body as KubeObject;
        return { ...answer, body: blind };
      },
      BLIND_LOOKS,
    );
    const apps = blindToConditions(target, /\/cfapps\/[^/]+$/);
    const { code, stdout } = await restore('--no-start');
    expect({ code, losses: JSON.parse(stdout).losses }).toEqual({ code: 0, losses: [] });
    const calls = target.faults.api.calls;
    const looks = calls.flatMap((call, at) => (/^GET .*\/secretimports\/[^/?]+$/.test(call) ? [at] : []));
    const filled = looks[BLIND_LOOKS] ?? Number.POSITIVE_INFINITY;
    const installs = calls.findIndex(call => /^POST .*\/packagerepositories/.test(call));
    expect(installs).toBeGreaterThan(filled);
    expect(apps.looks).toBeGreaterThan(BLIND_LOOKS);
    await target.settle();
    const wanted = (await all(source, KINDS.CFApp)).map(({ spec }) => spec.desiredState);
    expect(wanted).toContain('STARTED');
    expect((await all(target, KINDS.CFApp)).map(({ spec }) => spec.desiredState)).toEqual(
      wanted.map(() => 'STOPPED'),
    );
    expect(await all(target, KINDS.StatefulSet)).toEqual([]);
  });

  it('that is run again without that starts what ran', async () => {
    const { code, stdout } = await restore();
    expect(code).toBe(0);
    const started = (await all(source, KINDS.CFApp)).filter(({ spec }) => spec.desiredState === 'STARTED');
    expect(JSON.parse(stdout).objects.CFApp).toMatchObject({ started: started.length });
    await target.settle();
    const states = async (stage: Stage) =>
      (await all(stage, KINDS.CFApp)).map(({ metadata, spec }) => [metadata.name, spec.desiredState]);
    expect(await states(target)).toEqual(await states(source));
  });
});

/** The first looks at an object that is there do not see its conditions. */
function blindToConditions({ faults }: Stage, path: RegExp) {
  const seen = { looks: 0 };
  const isLook = (call: Call) => call.method === 'GET' && path.test(call.path);
  const look: Effect = async (call, next) => {
    const answer = await next(call);
    if (answer.status !== 200 || ++seen.looks > BLIND_LOOKS) return answer;
    return withoutConditions(call, async () => answer);
  };
  faults.api.add(isLook, look, Number.POSITIVE_INFINITY);
  return seen;
}

async function all({ cluster }: Stage, resource: ApiResource): Promise<KubeObject[]> {
  const objects = (await Array.fromAsync(cluster.list(resource))).flat();
  return objects.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

/** A Secret that one namespace offers and another imports. */
async function shareSecret({ cluster }: Stage): Promise<void> {
  const apiVersion = 'secretgen.carvel.dev/v1alpha1';
  const at = (namespace: string) => ({ name: 'shared', namespace });
  for (const name of ['exporter', 'importer']) {
    await cluster.create(KINDS.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  const data = { token: Buffer.from('shared').toString('base64') };
  await cluster.create(KINDS.Secret, { apiVersion: 'v1', kind: 'Secret', metadata: at('exporter'), data });
  await cluster.create(KINDS.SecretExport, {
    ...{ apiVersion, kind: 'SecretExport', metadata: at('exporter') },
    spec: { toNamespace: 'importer' },
  });
  await cluster.create(KINDS.SecretImport, {
    ...{ apiVersion, kind: 'SecretImport', metadata: at('importer') },
    spec: { fromNamespace: 'exporter' },
  });
  await until(cluster, KINDS.SecretImport, 'importer', 'shared', made =>
    made.status?.conditions?.some(({ type }: { type: string }) => type === 'ReconcileSucceeded'),
  );
}
