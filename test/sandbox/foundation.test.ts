import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/base/object.ts';
import { ActivityLog } from '../../src/sandbox/activity.ts';
import { carvelRules } from '../../src/sandbox/carvel/carvel.ts';
import { compareFoundations } from '../../src/sandbox/compare.ts';
import { isTrue } from '../../src/sandbox/controllers/conditions.ts';
import { Controllers } from '../../src/sandbox/controllers/controllers.ts';
import { listAll } from '../../src/sandbox/controllers/list.ts';
import { ownedBy } from '../../src/sandbox/controllers/world.ts';
import { type EmbeddedFoundation, startFoundation } from '../../src/sandbox/foundation.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';
import { korifiRules } from '../../src/sandbox/korifi/korifi.ts';
import { apply } from '../../src/sandbox/platform/apply.ts';
import { kubelet } from '../../src/sandbox/platform/kubelet.ts';

let foundation: EmbeddedFoundation;
beforeAll(async () => {
  const landscape = { seed: 'demo', apps: 28, appBytes: 4000 };
  foundation = await startFoundation({ name: 'source', landscape });
}, 60_000);
afterAll(() => foundation.stop());

describe('a populated foundation', () => {
  it('is whole: every org, space, package and install is ready, every started app runs', async () => {
    const { cluster } = foundation;
    for (const [kind, ready] of [
      [KINDS.CFOrg, 'Ready'],
      [KINDS.CFSpace, 'Ready'],
      [KINDS.CFDomain, 'Ready'],
      [KINDS.CFPackage, 'Ready'],
      [KINDS.CFRoute, 'Valid'],
      [KINDS.CFServiceInstance, 'BindingSecretAvailable'],
      [KINDS.CFServiceBinding, 'VCAPServicesSecretAvailable'],
      [KINDS.CFTask, 'Succeeded'],
      [KINDS.AppWorkload, 'Ready'],
      [KINDS.PackageInstall, 'ReconcileSucceeded'],
      [KINDS.PackageRepository, 'ReconcileSucceeded'],
    ] as const) {
      const objects = await listAll(cluster, kind);
      expect(objects.length, kind.kind).toBeGreaterThan(0);
      const wanting = objects.filter(object => !isTrue(object, ready) && object.spec.paused !== true);
      expect(
        wanting.map(({ metadata }) => metadata.name),
        kind.kind,
      ).toEqual([]);
    }
  });

  it('has apps of every sort: running, stopped, never pushed; builds that failed', async () => {
    const apps = await listAll(foundation.cluster, KINDS.CFApp);
    expect(apps).toHaveLength(28);
    const states = new Set(
      apps.map(({ spec }) => `${spec.desiredState} ${spec.currentDropletRef ? 'droplet' : 'none'}`),
    );
    expect([...states].sort()).toEqual(['STARTED droplet', 'STOPPED droplet', 'STOPPED none']);
    const builds = await listAll(foundation.cluster, KINDS.CFBuild);
    expect(builds.every(build => isTrue(build, 'Succeeded') || build.status.droplet === undefined)).toBe(
      true,
    );
  });

  it('gives controllers that start anew nothing to do', async () => {
    const { server, images, cluster } = foundation;
    const tools = { images, activity: new ActivityLog() };
    const rules = [...carvelRules(tools), ...korifiRules(tools), ...kubelet(images)];
    const revision = server.storage.revision;
    const controllers = new Controllers({ cluster, rules, delays: { first: 100, last: 1000 } });
    controllers.start();
    await controllers.settle();
    await controllers.stop();
    expect(server.storage.revision).toBe(revision);
    expect(tools.activity.entries).toEqual([]);
  });

  it('shares most of the droplets bytes', async () => {
    const builds = await listAll(foundation.cluster, KINDS.CFBuild);
    const layers = new Map<string, number>();
    let all = 0;
    for (const { status } of builds) {
      const image = status.droplet && (await foundation.images.manifest(status.droplet.registry.image));
      for (const { digest, size } of image?.layers ?? []) {
        layers.set(digest, size);
        all += size;
      }
    }
    const once = [...layers.values()].reduce((sum, size) => sum + size, 0);
    expect(once / all).toBeLessThan(0.5);
  });
});

describe('a foundation that settles', () => {
  it('has collected what has lost its owner, also where that takes a while', async () => {
    const foundation = await startFoundation({ name: 'slow', servers: { api: { controllerDelayMs: 300 } } });
    try {
      const { cluster } = foundation;
      const make = (name: string, owner?: KubeObject) =>
        apply(cluster, KINDS.ConfigMap, {
          metadata: { name, namespace: 'default', ...(owner && { ownerReferences: [ownedBy(owner)] }) },
        });
      await make('grandchild', await make('child', await make('parent')));
      await cluster.delete(KINDS.ConfigMap, 'default', 'parent');
      await foundation.settle();
      expect(await cluster.get(KINDS.ConfigMap, 'default', 'grandchild')).toBeUndefined();
    } finally {
      await foundation.stop();
    }
  });
});

describe('the comparison', () => {
  it('finds a foundation equal to itself, with nothing wrong in it', async () => {
    const { differences, problems, same } = await compareFoundations(foundation, {
      ...foundation,
      activity: new ActivityLog(),
    });
    expect(differences).toEqual([]);
    expect(problems).toEqual([]);
    expect(same.get('app')).toBe(28);
  });

  it('names what is missing, what differs and what is wrong, without values', async () => {
    const { cluster } = foundation;
    const before = await compareFoundations(foundation, foundation);
    expect(before.problems.filter(problem => problem.endsWith('was staged again')).length).toBeGreaterThan(
      10,
    );
    const other = await startFoundation({
      name: 'other',
      landscape: { seed: 'demo', apps: 28, appBytes: 4000 },
    });
    try {
      const [app] = await listAll(cluster, KINDS.CFApp);
      const { name, namespace = '' } = app?.metadata ?? { name: '' };
      const body = { data: { API_TOKEN: Buffer.from('changed').toString('base64') } };
      await other.cluster.patch(KINDS.Secret, namespace, `${name}-env`, { type: 'merge', body });
      const lease = (await listAll(other.cluster, KINDS.Lease))[0]?.metadata;
      await other.cluster.delete(KINDS.Lease, lease?.namespace, lease?.name ?? '');
      const { differences, problems } = await compareFoundations(foundation, other);
      const env = differences.filter(({ aspect }) => aspect === 'env');
      expect(env).toHaveLength(1);
      expect(env[0]?.target).toMatch(/API_TOKEN=[0-9a-f]{8}/);
      expect(env[0]?.target).not.toContain('changed');
      expect(problems.filter(problem => problem.endsWith('does not hold its name'))).toHaveLength(1);
      expect(differences.some(({ aspect }) => aspect === 'guid')).toBe(false);
    } finally {
      await other.stop();
    }
  });
});
