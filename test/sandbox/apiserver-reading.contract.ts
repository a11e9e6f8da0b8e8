import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/base/object.ts';
import { eachOf, type Ground } from './apiserver-ground.ts';
import { CONFIG_MAPS, GLOBALS, GROUP, object, SECRETS, WIDGETS, WIDGETS_OLD } from './contract-kinds.ts';

/** What is found, and in which order. */
export function reading(on: Ground): void {
  const { all, namespace } = on;

  describe('reading', () => {
    it('says undefined of what is not there', async () => {
      expect(await on.cluster.get(WIDGETS, await namespace(), 'none')).toBeUndefined();
      expect(await on.cluster.get(WIDGETS, 'no-such', 'none')).toBeUndefined();
    });

    it('serves an object under every version, stored once', async () => {
      const ns = await namespace();
      const made = await on.cluster.create(
        WIDGETS,
        object(WIDGETS, { name: 'w', namespace: ns }, { spec: { a: 1 } }),
      );
      const old = await on.cluster.get(WIDGETS_OLD, ns, 'w');
      expect(old).toMatchObject({
        apiVersion: `${GROUP}/v1alpha1`,
        spec: { a: 1 },
        metadata: { uid: made.metadata.uid },
      });
      expect((await all(WIDGETS_OLD, { namespace: ns }))[0]?.apiVersion).toBe(`${GROUP}/v1alpha1`);
    });

    it('finds a kind in the first wanted version that is served', async () => {
      const surface = await on.cluster.discover();
      expect(surface.find(GROUP, 'Widget', ['v9', 'v1alpha1', 'v1'])).toEqual(WIDGETS_OLD);
      expect(surface.find(GROUP, 'Global', ['v1'])).toEqual(GLOBALS);
      expect(surface.find('', 'Secret', ['v1'])).toEqual(SECRETS);
      expect(surface.find(GROUP, 'Widget', ['v9'])).toBeUndefined();
      expect([...surface.broken]).toEqual([]);
    });

    it('lists in pages, in the order of namespace and name, with what each object is', async () => {
      const ns = await namespace();
      const names = Array.from({ length: 600 }, (_, index) => `c-${String(index).padStart(3, '0')}`);
      await eachOf(names, item =>
        on.cluster.create(CONFIG_MAPS, object(CONFIG_MAPS, { name: item, namespace: ns })),
      );
      const pages: KubeObject[][] = [];
      const labelled = { namespace: ns, fieldSelector: 'metadata.name!=kube-root-ca.crt' };
      for await (const page of on.cluster.list(CONFIG_MAPS, labelled)) pages.push(page);
      expect(pages.length).toBeGreaterThan(1);
      expect(Math.max(...pages.map(page => page.length))).toBeLessThanOrEqual(500);
      expect(pages.flat().map(({ metadata }) => metadata.name)).toEqual(names);
      expect(pages.flat().every(item => item.apiVersion === 'v1' && item.kind === 'ConfigMap')).toBe(true);
    }, 60_000);

    it('selects by labels and by fields', async () => {
      const ns = await namespace();
      const labels = { a: { tier: 'web', env: 'dev' }, b: { tier: 'db' }, c: { env: 'prod' } };
      for (const [id, set] of Object.entries(labels)) {
        await on.cluster.create(WIDGETS, object(WIDGETS, { name: id, namespace: ns, labels: set }));
      }
      const selected = async (labelSelector: string) => {
        const found = await all(WIDGETS, { namespace: ns, labelSelector });
        return found.map(({ metadata }) => metadata.name).join('');
      };
      expect(await selected('tier=web')).toBe('a');
      expect(await selected('tier')).toBe('ab');
      expect(await selected('!tier')).toBe('c');
      expect(await selected('tier!=web')).toBe('bc');
      expect(await selected('tier in (web,db),env')).toBe('a');
      expect(await selected('tier notin (web, db)')).toBe('c');
      const byName = await all(WIDGETS, { namespace: ns, fieldSelector: 'metadata.name=b' });
      expect(byName.map(({ metadata }) => metadata.name)).toEqual(['b']);
      await on.cluster.create(
        SECRETS,
        object(SECRETS, { name: 's', namespace: ns }, { type: 'example.com/t' }),
      );
      expect(await all(SECRETS, { namespace: ns, fieldSelector: 'type=example.com/t' })).toHaveLength(1);
    });

    it('tells its version', async () => {
      expect(await on.cluster.version()).toMatch(/^v1\.\d+\.\d+/);
    });

    it('tells what may be done', async () => {
      expect(await on.cluster.can('create', { group: GROUP, plural: 'widgets' }, 'default')).toBe(true);
    });
  });
}
