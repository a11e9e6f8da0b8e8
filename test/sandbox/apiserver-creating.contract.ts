import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Ground } from './apiserver-ground.ts';
import { CONFIG_MAPS, GROUP, object, PLAIN, SECRETS, WIDGETS } from './contract-kinds.ts';

/** What becomes of an object that is sent. */
export function creating(on: Ground): void {
  const { all, namespace } = on;

  describe('creating', () => {
    it('sets what only a server sets, whatever is sent', async () => {
      const ns = await namespace();
      const sent = object(WIDGETS, {
        name: 'w',
        namespace: ns,
        uid: randomUUID(),
        generation: 7,
        creationTimestamp: '2001-01-01T00:00:00Z',
        deletionTimestamp: '2001-01-01T00:00:00Z',
      });
      const { metadata } = await on.cluster.create(WIDGETS, sent);
      expect(metadata.uid).not.toBe(sent.metadata.uid);
      expect(metadata.generation).toBe(1);
      expect(metadata.creationTimestamp).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(metadata.creationTimestamp).not.toBe('2001-01-01T00:00:00Z');
      expect(metadata.deletionTimestamp).toBeUndefined();
      expect(metadata.resourceVersion).toMatch(/^\d+$/);
    });

    it('drops a status that is a subresource, and keeps one that is not', async () => {
      const ns = await namespace();
      const status = { state: 'sent' };
      expect(
        await on.cluster.create(WIDGETS, object(WIDGETS, { name: 'w', namespace: ns }, { status })),
      ).not.toHaveProperty('status');
      const plain = await on.cluster.create(PLAIN, object(PLAIN, { name: 'p', namespace: ns }, { status }));
      expect(plain.status).toEqual(status);
    });

    it('keeps every field of a custom resource', async () => {
      const ns = await namespace();
      const spec = {
        nested: { list: [1, 'two', { three: 3 }], empty: {}, none: [] },
        text: 'ünïcode',
        nil: null,
      };
      await on.cluster.create(WIDGETS, object(WIDGETS, { name: 'w', namespace: ns }, { spec, other: true }));
      expect(await on.cluster.get(WIDGETS, ns, 'w')).toMatchObject({ spec, other: true });
    });

    it('refuses a name that is taken', async () => {
      const ns = await namespace();
      const sent = object(WIDGETS, { name: 'w', namespace: ns });
      await on.cluster.create(WIDGETS, sent);
      const message = `widgets.${GROUP} "w" already exists`;
      await expect(on.cluster.create(WIDGETS, sent)).rejects.toMatchObject({
        status: 409,
        reason: 'AlreadyExists',
        message,
      });
    });

    it('makes a name up', async () => {
      const ns = await namespace();
      const made = await on.cluster.create(
        CONFIG_MAPS,
        object(CONFIG_MAPS, { generateName: 'made-', namespace: ns }),
      );
      expect(made.metadata.name).toMatch(/^made-[a-z0-9]{5}$/);
    });

    it.each([
      ['no name at all', ''],
      ['upper case', 'Widget'],
      ['an underscore', 'a_b'],
    ])('refuses %s', async (_, bad) => {
      const ns = await namespace();
      const sent = object(WIDGETS, { ...(bad && { name: bad }), namespace: ns });
      await expect(on.cluster.create(WIDGETS, sent)).rejects.toMatchObject({
        status: 422,
        reason: 'Invalid',
      });
    });

    it('refuses a resourceVersion', async () => {
      const ns = await namespace();
      const sent = object(WIDGETS, { name: 'w', namespace: ns, resourceVersion: '1' });
      await expect(on.cluster.create(WIDGETS, sent)).rejects.toMatchObject({
        message: 'resourceVersion should not be set on objects to be created',
      });
    });

    it('refuses a namespace that does not exist', async () => {
      for (const resource of [WIDGETS, SECRETS]) {
        const sent = object(resource, { name: 'w', namespace: 'no-such' });
        const refusal = { status: 404, reason: 'NotFound', message: 'namespaces "no-such" not found' };
        await expect(on.cluster.create(resource, sent)).rejects.toMatchObject(refusal);
      }
    });

    it('refuses an owner without a UID', async () => {
      const ns = await namespace();
      const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: '' };
      const sent = object(WIDGETS, { name: 'w', namespace: ns, ownerReferences: [owner] });
      await expect(on.cluster.create(WIDGETS, sent)).rejects.toMatchObject({ status: 422 });
    });

    it('knows a resource no more when it is not served', async () => {
      const nothing = { ...WIDGETS, plural: 'gadgets', kind: 'Gadget' };
      await expect(all(nothing, {})).rejects.toMatchObject({
        status: 404,
        message: expect.stringMatching(/could not find the requested resource|404/),
      });
      expect((await on.cluster.discover()).find(GROUP, 'Gadget', ['v1'])).toBeUndefined();
    });

    it('writes nothing in a dry run', async () => {
      const ns = await namespace();
      const made = await on.cluster.create(WIDGETS, object(WIDGETS, { name: 'dry', namespace: ns }), {
        dryRun: true,
      });
      expect(made.metadata.name).toBe('dry');
      expect(await on.cluster.get(WIDGETS, ns, 'dry')).toBeUndefined();
    });
  });
}
