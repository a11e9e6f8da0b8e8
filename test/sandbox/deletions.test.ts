import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conditionOf, isTrue } from '../../src/sandbox/controllers/conditions.ts';
import { listAll } from '../../src/sandbox/controllers/list.ts';
import type { EmbeddedFoundation } from '../../src/sandbox/foundation.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';
import { until } from '../../src/sandbox/platform/until.ts';
import {
  createApp,
  createBuild,
  createPackage,
  pushSource,
  SPACE,
  stagedStatus,
  startInstalled,
  writeStatus,
} from './korifi-objects.ts';

let foundation: EmbeddedFoundation;
beforeAll(async () => {
  foundation = await startInstalled('deletions');
});
afterAll(() => foundation.stop());

async function packagesOf(app: string): Promise<string[]> {
  const packages = await listAll(foundation.cluster, KINDS.CFPackage);
  return packages.filter(({ spec }) => spec.appRef.name === app).map(({ metadata }) => metadata.name);
}

describe('the cleaners', () => {
  it('keep five packages besides the current one, and delete the images of the others', async () => {
    const { cluster, images } = foundation;
    await createApp(cluster, 'busy', { currentDropletRef: { name: 'busy-build' } });
    await createBuild(cluster, 'busy', 'busy-0', 'busy-build');
    const sources: string[] = [];
    for (let index = 0; index < 8; index++) {
      const image = await pushSource(foundation, 'busy', `busy-${index}`);
      sources.push(image);
      if (index === 0) await writeStatus(cluster, KINDS.CFBuild, 'busy-build', stagedStatus(image));
      await createPackage(cluster, 'busy', `busy-${index}`, image);
    }
    await expect.poll(() => packagesOf('busy')).toHaveLength(6);
    await foundation.settle();
    const kept = await packagesOf('busy');
    expect(kept).toContain('busy-0');
    for (const [index, image] of sources.entries()) {
      expect(await images.has(image)).toBe(kept.includes(`busy-${index}`));
    }
  });

  it('leave an image that has a tag of somebody else, which a restore into the same registry gives it', async () => {
    const { cluster, images } = foundation;
    await createApp(cluster, 'shared');
    const image = await pushSource(foundation, 'shared', 'shared-1');
    await images.tag(image, 'asa-backup-0123');
    await createPackage(cluster, 'shared', 'shared-1', image);
    await until(cluster, KINDS.CFPackage, SPACE, 'shared-1', made => isTrue(made, 'Ready'));
    await cluster.delete(KINDS.CFPackage, SPACE, 'shared-1');
    await expect.poll(() => packagesOf('shared')).toEqual([]);
    expect(await images.has(image)).toBe(true);
  });

  it('take an app without currentDropletRef to have no current build', async () => {
    const { cluster } = foundation;
    await createApp(cluster, 'unset');
    const image = await pushSource(foundation, 'unset', 'unset');
    for (let index = 0; index < 6; index++) {
      await createBuild(cluster, 'unset', 'unset', `unset-${index}`);
      await writeStatus(cluster, KINDS.CFBuild, `unset-${index}`, stagedStatus(image));
    }
    await createPackage(cluster, 'unset', 'unset', image);
    const touch = { type: 'merge', body: { metadata: { annotations: { touched: 'yes' } } } } as const;
    for (let index = 0; index < 6; index++)
      await cluster.patch(KINDS.CFBuild, SPACE, `unset-${index}`, touch);
    await expect
      .poll(async () =>
        (await listAll(cluster, KINDS.CFBuild)).filter(({ spec }) => spec.appRef.name === 'unset'),
      )
      .toHaveLength(5);
  });
});

describe('deleting an app', () => {
  it('deletes its package images from the registry, unless another tag protects them; the droplet stays', async () => {
    const { cluster, images } = foundation;
    await createApp(cluster, 'doomed', { currentDropletRef: { name: 'doomed-build' } });
    const [plain, shared] = [
      await pushSource(foundation, 'doomed', 'doomed-plain'),
      await pushSource(foundation, 'doomed', 'doomed-shared'),
    ];
    await images.tag(shared, 'kept-by-somebody');
    const droplet = await pushSource(foundation, 'doomed-droplets', 'droplet');
    await createBuild(cluster, 'doomed', 'doomed-plain', 'doomed-build');
    await writeStatus(cluster, KINDS.CFBuild, 'doomed-build', stagedStatus(droplet));
    await createPackage(cluster, 'doomed', 'doomed-plain', plain);
    await createPackage(cluster, 'doomed', 'doomed-shared', shared);
    for (const name of ['doomed-plain', 'doomed-shared']) {
      await until(cluster, KINDS.CFPackage, SPACE, name, made => isTrue(made, 'Ready'));
    }
    await cluster.delete(KINDS.CFApp, SPACE, 'doomed');
    await expect.poll(() => packagesOf('doomed')).toEqual([]);
    expect(await Promise.all([plain, shared, droplet].map(image => images.has(image)))).toEqual([
      false,
      true,
      true,
    ]);
  });
});

describe('the garbage collector', () => {
  it('deletes a restored secret whose owner has another UID', async () => {
    const { cluster } = foundation;
    const owner = {
      apiVersion: 'korifi.cloudfoundry.org/v1alpha1',
      kind: 'CFApp',
      name: 'busy',
      uid: 'old-uid',
    };
    await cluster.create(KINDS.Secret, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'stale-env', namespace: SPACE, ownerReferences: [owner] },
      type: 'Opaque',
    });
    await expect.poll(() => foundation.activity.of('collected')).toContain(`Secret ${SPACE}/stale-env`);
    expect(await cluster.get(KINDS.Secret, SPACE, 'stale-env')).toBeUndefined();
  });
});

describe('an org', () => {
  it('is not ready without the registry secret in the root namespace', async () => {
    const { cluster } = foundation;
    const secret = await cluster.get(KINDS.SecretExport, 'app-registry', 'app-registry-credentials');
    expect(secret).toBeDefined();
    await cluster.delete(KINDS.SecretExport, 'app-registry', 'app-registry-credentials');
    await expect.poll(() => cluster.get(KINDS.Secret, 'cf', 'app-registry-credentials')).toBeUndefined();
    await cluster.create(KINDS.CFOrg, {
      apiVersion: 'korifi.cloudfoundry.org/v1alpha1',
      kind: 'CFOrg',
      metadata: { name: 'cf-org-late', namespace: 'cf' },
      spec: { displayName: 'late' },
    });
    const org = await until(
      cluster,
      KINDS.CFOrg,
      'cf',
      'cf-org-late',
      made => conditionOf(made, 'Ready') !== undefined,
    );
    expect(isTrue(org, 'Ready')).toBe(false);
    expect(conditionOf(org, 'Ready')?.reason).toBe('RegistrySecretPropagation');
  });
});
