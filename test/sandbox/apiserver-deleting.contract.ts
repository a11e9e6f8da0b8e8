import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ApiFailure } from '../../src/cluster/cluster.ts';
import { type Ground, referenceTo } from './apiserver-ground.ts';
import {
  CONFIG_MAPS,
  DEFINITIONS,
  definition,
  GROUP,
  NAMESPACES,
  object,
  SECRETS,
  until,
  WIDGETS,
} from './contract-kinds.ts';

/** What goes with an object, and what is waited for. */
export function deleting(on: Ground): void {
  const { established, namespace } = on;

  /** An `owner` and its `dependent`. */
  async function createOwned(ns: string): Promise<void> {
    const owner = await on.cluster.create(WIDGETS, object(WIDGETS, { name: 'owner', namespace: ns }));
    const dependent = { name: 'dependent', namespace: ns, ownerReferences: [referenceTo(owner)] };
    await on.cluster.create(CONFIG_MAPS, object(CONFIG_MAPS, dependent));
  }

  describe('deleting', () => {
    it('says whether it was there', async () => {
      const ns = await namespace();
      await on.cluster.create(WIDGETS, object(WIDGETS, { name: 'w', namespace: ns }));
      expect(await on.cluster.delete(WIDGETS, ns, 'w')).toBe(true);
      expect(await on.cluster.delete(WIDGETS, ns, 'w')).toBe(false);
    });

    it('waits for finalizers, and takes no new ones meanwhile', async () => {
      const ns = await namespace();
      await on.cluster.create(
        WIDGETS,
        object(WIDGETS, { name: 'w', namespace: ns, finalizers: [`${GROUP}/hold`] }),
      );
      await on.cluster.delete(WIDGETS, ns, 'w');
      const held = await on.cluster.get(WIDGETS, ns, 'w');
      expect(held?.metadata.deletionTimestamp).toMatch(/Z$/);
      expect(held?.metadata.generation).toBe(2);
      const finalizers = [`${GROUP}/hold`, `${GROUP}/more`];
      const more = on.cluster.patch(WIDGETS, ns, 'w', { type: 'merge', body: { metadata: { finalizers } } });
      await expect(more).rejects.toMatchObject({ status: 422 });
      await on.cluster.patch(WIDGETS, ns, 'w', { type: 'merge', body: { metadata: { finalizers: [] } } });
      expect(await on.cluster.get(WIDGETS, ns, 'w')).toBeUndefined();
    });

    it('takes dependents along', async () => {
      const ns = await namespace();
      await createOwned(ns);
      await on.cluster.delete(WIDGETS, ns, 'owner', { propagation: 'Background' });
      await until(async () => (await on.cluster.get(CONFIG_MAPS, ns, 'dependent')) === undefined);
    }, 90_000);

    it('takes dependents along first when asked to', async () => {
      const ns = await namespace();
      const owner = await on.cluster.create(WIDGETS, object(WIDGETS, { name: 'owner', namespace: ns }));
      const ownerReferences = [{ ...referenceTo(owner), blockOwnerDeletion: true }];
      const finalizers = [`${GROUP}/hold`];
      const dependent = { name: 'dependent', namespace: ns, ownerReferences, finalizers };
      await on.cluster.create(CONFIG_MAPS, object(CONFIG_MAPS, dependent));
      await on.cluster.delete(WIDGETS, ns, 'owner', { propagation: 'Foreground' });
      const deleted = async () =>
        (await on.cluster.get(CONFIG_MAPS, ns, 'dependent'))?.metadata.deletionTimestamp !== undefined;
      await until(deleted);
      expect((await on.cluster.get(WIDGETS, ns, 'owner'))?.metadata.finalizers).toEqual([
        'foregroundDeletion',
      ]);
      await on.cluster.patch(CONFIG_MAPS, ns, 'dependent', {
        type: 'merge',
        body: { metadata: { finalizers: [] } },
      });
      await until(async () => (await on.cluster.get(WIDGETS, ns, 'owner')) === undefined);
    }, 90_000);

    it('leaves dependents behind when asked to', async () => {
      const ns = await namespace();
      await createOwned(ns);
      await on.cluster.delete(WIDGETS, ns, 'owner', { propagation: 'Orphan' });
      await until(async () => (await on.cluster.get(WIDGETS, ns, 'owner')) === undefined);
      expect((await on.cluster.get(CONFIG_MAPS, ns, 'dependent'))?.metadata.ownerReferences ?? []).toEqual(
        [],
      );
    }, 90_000);

    it('collects an object whose owner bears another UID', async () => {
      const ns = await namespace();
      const owner = await on.cluster.create(WIDGETS, object(WIDGETS, { name: 'owner', namespace: ns }));
      const ownerReferences = [{ ...referenceTo(owner), uid: randomUUID() }];
      await on.cluster.create(SECRETS, object(SECRETS, { name: 'orphan', namespace: ns, ownerReferences }));
      await until(async () => (await on.cluster.get(SECRETS, ns, 'orphan')) === undefined);
    }, 90_000);

    it('keeps an object while one owner lives, and forgets the dead one', async () => {
      const ns = await namespace();
      const owner = await on.cluster.create(WIDGETS, object(WIDGETS, { name: 'owner', namespace: ns }));
      const dead = { ...referenceTo(owner), name: 'dead', uid: randomUUID() };
      const ownerReferences = [dead, referenceTo(owner)];
      await on.cluster.create(SECRETS, object(SECRETS, { name: 's', namespace: ns, ownerReferences }));
      await until(
        async () => (await on.cluster.get(SECRETS, ns, 's'))?.metadata.ownerReferences?.length === 1,
      );
      expect((await on.cluster.get(SECRETS, ns, 's'))?.metadata.ownerReferences).toEqual([
        referenceTo(owner),
      ]);
    }, 90_000);

    it('empties a namespace before it goes, and lets nothing new in', async () => {
      const ns = await namespace();
      await on.cluster.create(
        WIDGETS,
        object(WIDGETS, { name: 'w', namespace: ns, finalizers: [`${GROUP}/hold`] }),
      );
      await on.cluster.create(SECRETS, object(SECRETS, { name: 's', namespace: ns }));
      await on.cluster.delete(NAMESPACES, undefined, ns);
      const late = on.cluster.create(SECRETS, object(SECRETS, { name: 'late', namespace: ns }));
      await expect(late).rejects.toThrow(/is being terminated/);
      await expect(late).rejects.toBeInstanceOf(ApiFailure);
      await until(async () => (await on.cluster.get(SECRETS, ns, 's')) === undefined);
      expect((await on.cluster.get(NAMESPACES, undefined, ns))?.status).toMatchObject({
        phase: 'Terminating',
      });
      await until(
        async () => (await on.cluster.get(WIDGETS, ns, 'w'))?.metadata.deletionTimestamp !== undefined,
      );
      await on.cluster.patch(WIDGETS, ns, 'w', { type: 'merge', body: { metadata: { finalizers: [] } } });
      await until(async () => (await on.cluster.get(NAMESPACES, undefined, ns)) === undefined);
    }, 90_000);

    it('takes the objects of a definition along', async () => {
      const ns = await namespace();
      const gizmos = { ...WIDGETS, plural: 'gizmos', kind: 'Gizmo' };
      await on.cluster.create(DEFINITIONS, definition(gizmos, ['v1'], {}));
      await established(gizmos);
      await on.cluster.create(
        gizmos,
        object(gizmos, { name: 'g', namespace: ns, finalizers: [`${GROUP}/hold`] }),
      );
      await on.cluster.delete(DEFINITIONS, undefined, `gizmos.${GROUP}`);
      await until(
        async () => (await on.cluster.get(gizmos, ns, 'g'))?.metadata.deletionTimestamp !== undefined,
      );
      expect(await on.cluster.get(DEFINITIONS, undefined, `gizmos.${GROUP}`)).toBeDefined();
      await on.cluster.patch(gizmos, ns, 'g', { type: 'merge', body: { metadata: { finalizers: [] } } });
      await until(
        async () => (await on.cluster.get(DEFINITIONS, undefined, `gizmos.${GROUP}`)) === undefined,
      );
      await until(async () => (await on.cluster.discover()).find(GROUP, 'Gizmo', ['v1']) === undefined);
    }, 90_000);
  });
}
