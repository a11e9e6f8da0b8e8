import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/base/object.ts';
import { ApiFailure } from '../../src/cluster/cluster.ts';
import { View } from '../../src/sandbox/compare/view.ts';
import { isTrue } from '../../src/sandbox/controllers/conditions.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';
import { until } from '../../src/sandbox/platform/until.ts';
import { type RealFoundation, startRealFoundation } from '../support/real-foundation.ts';
import { LOGIN, type RealStage } from '../support/real-stage.ts';

const { CFApp, CFBuild, CFOrg, CFPackage, CFProcess, CFSpace, CFTask, Lease, Secret } = KINDS;

/**
 * What a plain get and create of the same objects does on the same servers: proof that they play by Korifi's rules,
 * and that the tests of the restore could fail. Last, since it may cost the source its images.
 */
export function naive(stage: () => RealStage): void {
  describe('a naive restore', () => {
    let target: RealFoundation;
    let source: View;
    /** The app that has run a task, which was staged successfully. */
    let app: KubeObject;

    beforeAll(async () => {
      const { registry, cluster } = stage().source;
      target = await startRealFoundation({ name: 'naive', adapter: true, registry, login: LOGIN });
      source = await View.of(cluster);
      const ran = source.all(CFTask)[0]?.spec.appRef.name;
      app = found(source.all(CFApp).find(({ metadata }) => metadata.name === ran));
    });
    afterAll(() => target?.stop());

    /** Creates an object as it was read, as far as an API server takes it; with owners only when asked. */
    async function create(object: KubeObject, { owners = false } = {}): Promise<void> {
      const { uid: _, resourceVersion: __, ownerReferences = [], ...metadata } = object.metadata;
      const kind = found(Object.values(KINDS).find(({ kind }) => kind === object.kind));
      await target.cluster.create(kind, {
        ...object,
        metadata: { ...metadata, ...(owners && { ownerReferences }) },
      });
    }

    const ofApp = (kind: typeof CFBuild) =>
      source.in(kind, app.metadata.namespace).filter(({ spec }) => spec.appRef.name === app.metadata.name);

    it('finds names taken by the leases that it brought', async () => {
      const org = found(
        source.all(CFOrg).find(({ metadata }) => metadata.name !== homeOf().org.metadata.name),
      );
      const leases = source.in(Lease, 'cf').filter(({ metadata }) => metadata.name.startsWith('n-'));
      const lease = found(
        leases.find(({ metadata }) => {
          return metadata.annotations?.['coordination.cloudfoundry.org/owner-name'] === org.metadata.name;
        }),
      );
      await create(lease);
      await expect(create(org)).rejects.toThrow(`Organization '${org.spec.displayName}' already exists.`);
    });

    it('loses Secrets to the garbage collector, by the owners that they had', async () => {
      const { org, space } = homeOf();
      await create(org);
      await until(target.cluster, CFOrg, 'cf', org.metadata.name, isReady);
      await create(space);
      await until(target.cluster, CFSpace, org.metadata.name, space.metadata.name, isReady);
      const { namespace, name } = found(
        source.find(Secret, app.metadata.namespace, app.spec.envSecretName),
      ).metadata;
      await create(found(source.find(Secret, namespace, name)), { owners: true });
      await expect
        .poll(() => target.cluster.get(Secret, namespace, name), { timeout: 60_000 })
        .toBeUndefined();
      expect(await target.audit.writes()).toContainEqual(
        expect.objectContaining({
          verb: 'delete',
          subject: `${namespace}/${name}`,
          userAgent: expect.stringContaining('garbage-collector'),
        }),
      );
    });

    it('is refused spaces before their orgs and routes before their apps', async () => {
      const { org } = homeOf();
      const space = source.all(CFSpace).find(({ metadata }) => metadata.namespace !== org.metadata.name);
      await expect(create(found(space))).rejects.toThrow(ApiFailure);
      const [route] = source.in(KINDS.CFRoute, app.metadata.namespace);
      await expect(create(found(route))).rejects.toThrow('Route destination app not found in space');
    });

    it('stages apps again, and runs their tasks again', async () => {
      await create(found(source.find(Secret, app.metadata.namespace, app.spec.envSecretName)));
      await create({ ...app, spec: { ...app.spec, desiredState: 'STOPPED' } });
      for (const kind of [CFProcess, CFPackage, CFBuild])
        for (const object of ofApp(kind)) await create(object);
      const { namespace } = app.metadata;
      const current = found(source.find(CFBuild, namespace, app.spec.currentDropletRef.name));
      const staged = await until(
        target.cluster,
        CFBuild,
        namespace,
        current.metadata.name,
        hasDroplet,
        60_000,
      );
      expect(staged.status.droplet.registry.image).not.toBe(current.status.droplet.registry.image);
      for (const task of ofApp(CFTask)) await create(task);
      await expect
        .poll(() => target.activity.of('task-run'), { timeout: 60_000 })
        .toHaveLength(ofApp(CFTask).length);
      expect(target.activity.of('staged')).toHaveLength(ofApp(CFBuild).length);
      const made = (await target.audit.writes()).filter(({ verb }) => verb === 'create');
      const resources = new Set(made.map(({ resource }) => resource));
      expect([...resources]).toEqual(
        expect.arrayContaining(['buildworkloads', 'builds', 'taskworkloads', 'jobs']),
      );
    });

    function homeOf(): { org: KubeObject; space: KubeObject } {
      const space = found(
        source.all(CFSpace).find(({ metadata }) => metadata.name === app.metadata.namespace),
      );
      const org = found(source.find(CFOrg, 'cf', space.metadata.namespace ?? ''));
      return { org, space };
    }
  });
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the source has none');
  return value;
}

const isReady = (object: KubeObject) => isTrue(object, 'Ready');

function hasDroplet({ status }: KubeObject): boolean {
  return status?.droplet !== undefined;
}
