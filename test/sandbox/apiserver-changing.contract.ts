import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Ground } from './apiserver-ground.ts';
import { GROUP, object, PLAIN, WIDGETS } from './contract-kinds.ts';

/** What a patch does, and what it must not. */
export function changing(on: Ground): void {
  const { namespace } = on;

  describe('changing', () => {
    it('merges a patch, removes what is null, and replaces lists', async () => {
      const ns = await namespace();
      const spec = { keep: 1, drop: 2, list: [1, 2, 3] };
      await on.cluster.create(WIDGETS, object(WIDGETS, { name: 'w', namespace: ns }, { spec }));
      const body = { metadata: { labels: { a: 'b' } }, spec: { drop: null, list: [4] } };
      const patched = await on.cluster.patch(WIDGETS, ns, 'w', { type: 'merge', body });
      expect(patched).toMatchObject({ metadata: { labels: { a: 'b' } } });
      expect(patched.spec).toEqual({ keep: 1, list: [4] });
    });

    it('applies a JSON patch, whole or not at all', async () => {
      const ns = await namespace();
      await on.cluster.create(
        WIDGETS,
        object(WIDGETS, { name: 'w', namespace: ns }, { spec: { list: ['a'] } }),
      );
      const add = { op: 'add', path: '/spec/list/-', value: 'b' };
      const patched = await on.cluster.patch(WIDGETS, ns, 'w', { type: 'json', body: [add] });
      expect(patched.spec).toEqual({ list: ['a', 'b'] });
      const test = { op: 'test', path: '/spec/list/0', value: 'x' };
      await expect(
        on.cluster.patch(WIDGETS, ns, 'w', { type: 'json', body: [add, test] }),
      ).rejects.toMatchObject({ status: 422 });
      expect((await on.cluster.get(WIDGETS, ns, 'w'))?.spec).toEqual({ list: ['a', 'b'] });
    });

    it('counts generations by the spec alone', async () => {
      const ns = await namespace();
      await on.cluster.create(WIDGETS, object(WIDGETS, { name: 'w', namespace: ns }, { spec: { a: 1 } }));
      const generation = async (body: object, subresource?: 'status') => {
        const patch = { type: 'merge', body, ...(subresource && { subresource }) } as const;
        return (await on.cluster.patch(WIDGETS, ns, 'w', patch)).metadata.generation;
      };
      expect(await generation({ metadata: { labels: { a: 'b' } } })).toBe(1);
      expect(await generation({ status: { a: 1 } }, 'status')).toBe(1);
      expect(await generation({ spec: { a: 2 } })).toBe(2);
      expect(await generation({ spec: { a: 2 } })).toBe(2);
    });

    it('parts the status from the rest', async () => {
      const ns = await namespace();
      const made = await on.cluster.create(
        WIDGETS,
        object(WIDGETS, { name: 'w', namespace: ns }, { spec: { a: 1 } }),
      );
      const body = { spec: { a: 2 }, status: { state: 'x' }, metadata: { labels: { new: 'label' } } };
      const status = await on.cluster.patch(WIDGETS, ns, 'w', { type: 'merge', body, subresource: 'status' });
      expect(status).toMatchObject({ spec: { a: 1 }, status: { state: 'x' } });
      expect(status.metadata.labels).toBeUndefined();
      expect(status.metadata.uid).toBe(made.metadata.uid);
      const main = await on.cluster.patch(WIDGETS, ns, 'w', {
        type: 'merge',
        body: { status: { state: 'y' }, spec: { a: 3 } },
      });
      expect(main).toMatchObject({ spec: { a: 3 }, status: { state: 'x' } });
    });

    it('has no status to write where it is no subresource', async () => {
      const ns = await namespace();
      await on.cluster.create(PLAIN, object(PLAIN, { name: 'p', namespace: ns }));
      const patch = { type: 'merge', body: { status: { a: 1 } }, subresource: 'status' } as const;
      await expect(on.cluster.patch(PLAIN, ns, 'p', patch)).rejects.toMatchObject({ status: 404 });
    });

    it('writes nothing when nothing changes', async () => {
      const ns = await namespace();
      const made = await on.cluster.create(
        WIDGETS,
        object(WIDGETS, { name: 'w', namespace: ns }, { spec: { a: 1 } }),
      );
      const same = await on.cluster.patch(WIDGETS, ns, 'w', { type: 'merge', body: { spec: { a: 1 } } });
      expect(same.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
    });

    it('refuses a change to a version that is no longer current', async () => {
      const ns = await namespace();
      const made = await on.cluster.create(WIDGETS, object(WIDGETS, { name: 'w', namespace: ns }));
      const { resourceVersion = '' } = made.metadata;
      const body = (a: number) => ({ metadata: { resourceVersion }, spec: { a } });
      await on.cluster.patch(WIDGETS, ns, 'w', { type: 'merge', body: body(1) });
      const late = on.cluster.patch(WIDGETS, ns, 'w', { type: 'merge', body: body(2) });
      await expect(late).rejects.toMatchObject({ status: 409, reason: 'Conflict' });
    });

    it('never changes a UID or a name', async () => {
      const ns = await namespace();
      await on.cluster.create(WIDGETS, object(WIDGETS, { name: 'w', namespace: ns }));
      const uid = on.cluster.patch(WIDGETS, ns, 'w', {
        type: 'merge',
        body: { metadata: { uid: randomUUID() } },
      });
      await expect(uid).rejects.toMatchObject({ status: 422 });
      const other = on.cluster.patch(WIDGETS, ns, 'w', { type: 'merge', body: { metadata: { name: 'x' } } });
      await expect(other).rejects.toMatchObject({ status: 400 });
    });

    it('cannot patch what is not there', async () => {
      const ns = await namespace();
      const patch = on.cluster.patch(WIDGETS, ns, 'none', { type: 'merge', body: {} });
      await expect(patch).rejects.toMatchObject({
        status: 404,
        reason: 'NotFound',
        message: `widgets.${GROUP} "none" not found`,
      });
    });

    it('lets many writers merge at once', async () => {
      const ns = await namespace();
      await on.cluster.create(WIDGETS, object(WIDGETS, { name: 'w', namespace: ns }));
      const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
      await Promise.all(
        keys.map(key => on.cluster.patch(WIDGETS, ns, 'w', { type: 'merge', body: { spec: { [key]: 1 } } })),
      );
      expect(Object.keys((await on.cluster.get(WIDGETS, ns, 'w'))?.spec).sort()).toEqual(keys);
    });
  });
}
