import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/base/object.ts';
import type { ApiResource } from '../../src/cluster/cluster.ts';
import { compareFoundations } from '../../src/sandbox/compare.ts';
import { listAll } from '../../src/sandbox/controllers/list.ts';
import { type EmbeddedFoundation, startFoundation } from '../../src/sandbox/foundation.ts';
import { parseImage } from '../../src/sandbox/images/name.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';
import { apply } from '../../src/sandbox/platform/apply.ts';

/** What `kubectl get -o yaml | kubectl apply` would bring back of the apps, in its order. */
const KINDS_OF_APPS = [KINDS.CFApp, KINDS.CFBuild, KINDS.CFPackage, KINDS.CFProcess, KINDS.CFTask];

let source: EmbeddedFoundation;
let target: EmbeddedFoundation;
beforeAll(async () => {
  const landscape = { seed: 'naive', apps: 7, appBytes: 2000 };
  source = await startFoundation({ name: 'source', landscape });
  // The same orgs and spaces, without apps.
  target = await startFoundation({ name: 'target', landscape: { ...landscape, apps: 0 } });
  for (const made of await listAll(source.cluster, KINDS.CFPackage))
    await copyImage(made.spec.source.registry.image);
}, 60_000);
afterAll(() => Promise.all([source.stop(), target.stop()]));

async function copyImage(reference: string): Promise<void> {
  const { path } = parseImage(reference);
  const manifest = await source.images.manifest(reference);
  const layers = await Promise.all(
    (manifest?.layers ?? []).map(({ digest }) => source.images.blob(reference, digest)),
  );
  await target.images.push(`${target.registry.host}/${path}`, { layers }, []);
}

function restored(object: KubeObject): KubeObject {
  const { status: _, ...fields } = JSON.parse(
    JSON.stringify(object).replaceAll(source.registry.host, target.registry.host),
  );
  const {
    uid: __,
    resourceVersion: ___,
    ownerReferences: ____,
    finalizers: _____,
    ...metadata
  } = fields.metadata;
  return { ...fields, metadata };
}

const names = async (foundation: EmbeddedFoundation, kind: ApiResource) =>
  (await listAll(foundation.cluster, kind)).map(({ metadata }) => metadata.name).sort();

describe('a plain get and apply of all apps, without their status', () => {
  it('stages every build again, with other digests, and runs every task again', async () => {
    for (const kind of KINDS_OF_APPS) {
      for (const object of await listAll(source.cluster, kind))
        await apply(target.cluster, kind, restored(object));
    }
    await target.settle();
    const builds = await names(source, KINDS.CFBuild);
    expect(await names(target, KINDS.CFBuild)).toEqual(builds);
    expect(target.activity.of('staged')).toHaveLength(builds.length);
    expect(target.activity.of('task-run')).toHaveLength((await names(source, KINDS.CFTask)).length);
    const { differences, problems } = await compareFoundations(source, target);
    const apps = (await listAll(source.cluster, KINDS.CFApp)).filter(({ spec }) => spec.currentDropletRef);
    expect(differences.filter(({ aspect }) => aspect === 'droplet')).toHaveLength(apps.length);
    expect(problems).toHaveLength(target.activity.entries.length);
  });
});

describe('secrets that come back with their owners', () => {
  it('are all deleted by the garbage collector', async () => {
    const secrets = (await listAll(source.cluster, KINDS.Secret)).filter(({ metadata }) =>
      metadata.name.endsWith('-env'),
    );
    expect(secrets.length).toBeGreaterThan(0);
    for (const secret of secrets) {
      const { metadata, ...fields } = restored(secret);
      const { ownerReferences = [] } = secret.metadata;
      await apply(target.cluster, KINDS.Secret, { ...fields, metadata: { ...metadata, ownerReferences } });
    }
    await expect.poll(() => target.activity.of('collected')).toHaveLength(secrets.length);
  });
});
