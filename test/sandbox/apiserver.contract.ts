import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/base/object.ts';
import { ApiFailure, type ApiResource, type Cluster } from '../../src/cluster/cluster.ts';
import {
  DEFINITIONS,
  definition,
  GLOBALS,
  GROUP,
  object,
  PLAIN,
  until,
  WIDGETS,
  WIDGETS_OLD,
} from './contract-kinds.ts';

const NAMESPACES: ApiResource = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};
const SECRETS: ApiResource = {
  group: '',
  version: 'v1',
  plural: 'secrets',
  kind: 'Secret',
  namespaced: true,
};
const CONFIG_MAPS: ApiResource = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};
const PODS: ApiResource = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
const ROLE_BINDINGS: ApiResource = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural: 'rolebindings',
  kind: 'RoleBinding',
  namespaced: true,
};
/** What an API server, whichever, promises to a {@link Cluster}. */
export interface Connected {
  cluster: Cluster;
  stop(): Promise<void>;
}

/**
 * The behaviour of an API server as far as backups meet it. It runs on the embedded server and on a real
 * kube-apiserver with its garbage collector and namespace controller; where they differ, the embedded one is wrong.
 */
export function apiServerContract(name: string, connect: () => Promise<Connected>): void {
  describe(`an API server (${name})`, () => {
    let cluster: Cluster;
    let stop: Connected['stop'] | undefined;
    let counter = 0;
    const fresh = (prefix: string) => `${prefix}-${++counter}`;

    beforeAll(async () => {
      ({ cluster, stop } = await connect());
      await cluster.create(DEFINITIONS, definition(WIDGETS, ['v1', 'v1alpha1'], { status: {} }));
      await cluster.create(DEFINITIONS, definition(PLAIN, ['v1'], {}));
      await cluster.create(DEFINITIONS, definition(GLOBALS, ['v1'], { status: {} }));
      for (const resource of [WIDGETS, PLAIN, GLOBALS]) await established(resource);
    }, 120_000);
    afterAll(() => stop?.());

    async function established(resource: ApiResource): Promise<void> {
      const id = `${resource.plural}.${resource.group}`;
      await until(async () => {
        const conditions = (await cluster.get(DEFINITIONS, undefined, id))?.status?.conditions ?? [];
        const surface = await cluster.discover();
        return (
          conditions.some(
            (condition: KubeObject) => condition.type === 'Established' && condition.status === 'True',
          ) && surface.find(resource.group, resource.kind, [resource.version]) !== undefined
        );
      });
    }

    async function namespace(): Promise<string> {
      const id = fresh('contract');
      await cluster.create(NAMESPACES, object(NAMESPACES, { name: id }));
      return id;
    }

    async function all(
      resource: ApiResource,
      options: Parameters<Cluster['list']>[1],
    ): Promise<KubeObject[]> {
      const objects: KubeObject[] = [];
      for await (const page of cluster.list(resource, options)) objects.push(...page);
      return objects;
    }

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
        const { metadata } = await cluster.create(WIDGETS, sent);
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
          await cluster.create(WIDGETS, object(WIDGETS, { name: 'w', namespace: ns }, { status })),
        ).not.toHaveProperty('status');
        const plain = await cluster.create(PLAIN, object(PLAIN, { name: 'p', namespace: ns }, { status }));
        expect(plain.status).toEqual(status);
      });

      it('keeps every field of a custom resource', async () => {
        const ns = await namespace();
        const spec = {
          nested: { list: [1, 'two', { three: 3 }], empty: {}, none: [] },
          text: 'ünïcode',
          nil: null,
        };
        await cluster.create(WIDGETS, object(WIDGETS, { name: 'w', namespace: ns }, { spec, other: true }));
        expect(await cluster.get(WIDGETS, ns, 'w')).toMatchObject({ spec, other: true });
      });

      it('refuses a name that is taken', async () => {
        const ns = await namespace();
        const sent = object(WIDGETS, { name: 'w', namespace: ns });
        await cluster.create(WIDGETS, sent);
        const message = `widgets.${GROUP} "w" already exists`;
        await expect(cluster.create(WIDGETS, sent)).rejects.toMatchObject({
          status: 409,
          reason: 'AlreadyExists',
          message,
        });
      });

      it('makes a name up', async () => {
        const ns = await namespace();
        const made = await cluster.create(
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
        await expect(cluster.create(WIDGETS, sent)).rejects.toMatchObject({ status: 422, reason: 'Invalid' });
      });

      it('refuses a resourceVersion', async () => {
        const ns = await namespace();
        const sent = object(WIDGETS, { name: 'w', namespace: ns, resourceVersion: '1' });
        await expect(cluster.create(WIDGETS, sent)).rejects.toMatchObject({
          message: 'resourceVersion should not be set on objects to be created',
        });
      });

      it('refuses a namespace that does not exist', async () => {
        for (const resource of [WIDGETS, SECRETS]) {
          const sent = object(resource, { name: 'w', namespace: 'no-such' });
          const refusal = { status: 404, reason: 'NotFound', message: 'namespaces "no-such" not found' };
          await expect(cluster.create(resource, sent)).rejects.toMatchObject(refusal);
        }
      });

      it('refuses an owner without a UID', async () => {
        const ns = await namespace();
        const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: '' };
        const sent = object(WIDGETS, { name: 'w', namespace: ns, ownerReferences: [owner] });
        await expect(cluster.create(WIDGETS, sent)).rejects.toMatchObject({ status: 422 });
      });

      it('knows a resource no more when it is not served', async () => {
        const nothing = { ...WIDGETS, plural: 'gadgets', kind: 'Gadget' };
        await expect(all(nothing, {})).rejects.toMatchObject({
          status: 404,
          message: expect.stringMatching(/could not find the requested resource|404/),
        });
        expect((await cluster.discover()).find(GROUP, 'Gadget', ['v1'])).toBeUndefined();
      });

      it('writes nothing in a dry run', async () => {
        const ns = await namespace();
        const made = await cluster.create(WIDGETS, object(WIDGETS, { name: 'dry', namespace: ns }), {
          dryRun: true,
        });
        expect(made.metadata.name).toBe('dry');
        expect(await cluster.get(WIDGETS, ns, 'dry')).toBeUndefined();
      });
    });

    describe('built-in kinds', () => {
      it('merge the stringData of a secret into its data and name its type', async () => {
        const ns = await namespace();
        const secret = object(SECRETS, { name: 's', namespace: ns }, { stringData: { key: 'value' } });
        const made = await cluster.create(SECRETS, secret);
        expect(made).toMatchObject({ data: { key: 'dmFsdWU=' }, type: 'Opaque' });
        expect(made).not.toHaveProperty('stringData');
        expect(made.metadata).not.toHaveProperty('generation');
      });

      it('never change the type of a secret', async () => {
        const ns = await namespace();
        await cluster.create(SECRETS, object(SECRETS, { name: 's', namespace: ns }));
        const patch = { type: 'merge', body: { type: 'example.com/other' } } as const;
        await expect(cluster.patch(SECRETS, ns, 's', patch)).rejects.toMatchObject({
          status: 422,
          reason: 'Invalid',
        });
      });

      it('want the key that the type of a secret promises', async () => {
        const ns = await namespace();
        const secret = object(
          SECRETS,
          { name: 's', namespace: ns },
          { type: 'kubernetes.io/dockerconfigjson' },
        );
        await expect(cluster.create(SECRETS, secret)).rejects.toMatchObject({ status: 422 });
      });

      it('never change an immutable config map', async () => {
        const ns = await namespace();
        const map = object(CONFIG_MAPS, { name: 'c', namespace: ns }, { data: { a: '1' }, immutable: true });
        await cluster.create(CONFIG_MAPS, map);
        const patch = { type: 'merge', body: { data: { a: '2' } } } as const;
        await expect(cluster.patch(CONFIG_MAPS, ns, 'c', patch)).rejects.toMatchObject({ status: 422 });
      });

      it('never change the role of a binding', async () => {
        const ns = await namespace();
        const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
        await cluster.create(ROLE_BINDINGS, object(ROLE_BINDINGS, { name: 'b', namespace: ns }, { roleRef }));
        const patch = { type: 'merge', body: { roleRef: { name: 'edit' } } } as const;
        await expect(cluster.patch(ROLE_BINDINGS, ns, 'b', patch)).rejects.toMatchObject({ status: 422 });
      });

      it('label a namespace with its name', async () => {
        const ns = await namespace();
        const found = await cluster.get(NAMESPACES, undefined, ns);
        expect(found).toMatchObject({
          metadata: { labels: { 'kubernetes.io/metadata.name': ns } },
          spec: { finalizers: ['kubernetes'] },
          status: { phase: 'Active' },
        });
      });

      it('get a service account in every namespace', async () => {
        const ns = await namespace();
        const accounts = { ...SECRETS, plural: 'serviceaccounts', kind: 'ServiceAccount' };
        await until(async () => (await cluster.get(accounts, ns, 'default')) !== undefined);
      });

      it('drop the status of a new pod', async () => {
        const ns = await namespace();
        const content = {
          spec: { containers: [{ name: 'c', image: 'example.com/c' }] },
          status: { phase: 'Succeeded' },
        };
        const made = await cluster.create(PODS, object(PODS, { name: 'p', namespace: ns }, content));
        expect(made.status?.phase).not.toBe('Succeeded');
      });
    });

    describe('reading', () => {
      it('says undefined of what is not there', async () => {
        expect(await cluster.get(WIDGETS, await namespace(), 'none')).toBeUndefined();
        expect(await cluster.get(WIDGETS, 'no-such', 'none')).toBeUndefined();
      });

      it('serves an object under every version, stored once', async () => {
        const ns = await namespace();
        const made = await cluster.create(
          WIDGETS,
          object(WIDGETS, { name: 'w', namespace: ns }, { spec: { a: 1 } }),
        );
        const old = await cluster.get(WIDGETS_OLD, ns, 'w');
        expect(old).toMatchObject({
          apiVersion: `${GROUP}/v1alpha1`,
          spec: { a: 1 },
          metadata: { uid: made.metadata.uid },
        });
        expect((await all(WIDGETS_OLD, { namespace: ns }))[0]?.apiVersion).toBe(`${GROUP}/v1alpha1`);
      });

      it('finds a kind in the first wanted version that is served', async () => {
        const surface = await cluster.discover();
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
          cluster.create(CONFIG_MAPS, object(CONFIG_MAPS, { name: item, namespace: ns })),
        );
        const pages: KubeObject[][] = [];
        const labelled = { namespace: ns, fieldSelector: 'metadata.name!=kube-root-ca.crt' };
        for await (const page of cluster.list(CONFIG_MAPS, labelled)) pages.push(page);
        expect(pages.map(page => page.length)).toEqual([500, 100]);
        expect(pages.flat().map(({ metadata }) => metadata.name)).toEqual(names);
        expect(pages.flat().every(item => item.apiVersion === 'v1' && item.kind === 'ConfigMap')).toBe(true);
      }, 60_000);

      it('selects by labels and by fields', async () => {
        const ns = await namespace();
        const labels = { a: { tier: 'web', env: 'dev' }, b: { tier: 'db' }, c: { env: 'prod' } };
        for (const [id, set] of Object.entries(labels)) {
          await cluster.create(WIDGETS, object(WIDGETS, { name: id, namespace: ns, labels: set }));
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
        await cluster.create(
          SECRETS,
          object(SECRETS, { name: 's', namespace: ns }, { type: 'example.com/t' }),
        );
        expect(await all(SECRETS, { namespace: ns, fieldSelector: 'type=example.com/t' })).toHaveLength(1);
      });

      it('tells its version', async () => {
        expect(await cluster.version()).toMatch(/^v1\.\d+\.\d+/);
      });

      it('tells what may be done', async () => {
        expect(await cluster.can('create', { group: GROUP, plural: 'widgets' }, 'default')).toBe(true);
      });
    });

    describe('changing', () => {
      it('merges a patch, removes what is null, and replaces lists', async () => {
        const ns = await namespace();
        const spec = { keep: 1, drop: 2, list: [1, 2, 3] };
        await cluster.create(WIDGETS, object(WIDGETS, { name: 'w', namespace: ns }, { spec }));
        const body = { metadata: { labels: { a: 'b' } }, spec: { drop: null, list: [4] } };
        const patched = await cluster.patch(WIDGETS, ns, 'w', { type: 'merge', body });
        expect(patched).toMatchObject({ metadata: { labels: { a: 'b' } } });
        expect(patched.spec).toEqual({ keep: 1, list: [4] });
      });

      it('applies a JSON patch, whole or not at all', async () => {
        const ns = await namespace();
        await cluster.create(
          WIDGETS,
          object(WIDGETS, { name: 'w', namespace: ns }, { spec: { list: ['a'] } }),
        );
        const add = { op: 'add', path: '/spec/list/-', value: 'b' };
        const patched = await cluster.patch(WIDGETS, ns, 'w', { type: 'json', body: [add] });
        expect(patched.spec).toEqual({ list: ['a', 'b'] });
        const test = { op: 'test', path: '/spec/list/0', value: 'x' };
        await expect(
          cluster.patch(WIDGETS, ns, 'w', { type: 'json', body: [add, test] }),
        ).rejects.toMatchObject({ status: 422 });
        expect((await cluster.get(WIDGETS, ns, 'w'))?.spec).toEqual({ list: ['a', 'b'] });
      });

      it('counts generations by the spec alone', async () => {
        const ns = await namespace();
        await cluster.create(WIDGETS, object(WIDGETS, { name: 'w', namespace: ns }, { spec: { a: 1 } }));
        const generation = async (body: object, subresource?: 'status') => {
          const patch = { type: 'merge', body, ...(subresource && { subresource }) } as const;
          return (await cluster.patch(WIDGETS, ns, 'w', patch)).metadata.generation;
        };
        expect(await generation({ metadata: { labels: { a: 'b' } } })).toBe(1);
        expect(await generation({ status: { a: 1 } }, 'status')).toBe(1);
        expect(await generation({ spec: { a: 2 } })).toBe(2);
        expect(await generation({ spec: { a: 2 } })).toBe(2);
      });

      it('parts the status from the rest', async () => {
        const ns = await namespace();
        const made = await cluster.create(
          WIDGETS,
          object(WIDGETS, { name: 'w', namespace: ns }, { spec: { a: 1 } }),
        );
        const body = { spec: { a: 2 }, status: { state: 'x' }, metadata: { labels: { new: 'label' } } };
        const status = await cluster.patch(WIDGETS, ns, 'w', { type: 'merge', body, subresource: 'status' });
        expect(status).toMatchObject({ spec: { a: 1 }, status: { state: 'x' } });
        expect(status.metadata.labels).toBeUndefined();
        expect(status.metadata.uid).toBe(made.metadata.uid);
        const main = await cluster.patch(WIDGETS, ns, 'w', {
          type: 'merge',
          body: { status: { state: 'y' }, spec: { a: 3 } },
        });
        expect(main).toMatchObject({ spec: { a: 3 }, status: { state: 'x' } });
      });

      it('has no status to write where it is no subresource', async () => {
        const ns = await namespace();
        await cluster.create(PLAIN, object(PLAIN, { name: 'p', namespace: ns }));
        const patch = { type: 'merge', body: { status: { a: 1 } }, subresource: 'status' } as const;
        await expect(cluster.patch(PLAIN, ns, 'p', patch)).rejects.toMatchObject({ status: 404 });
      });

      it('writes nothing when nothing changes', async () => {
        const ns = await namespace();
        const made = await cluster.create(
          WIDGETS,
          object(WIDGETS, { name: 'w', namespace: ns }, { spec: { a: 1 } }),
        );
        const same = await cluster.patch(WIDGETS, ns, 'w', { type: 'merge', body: { spec: { a: 1 } } });
        expect(same.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
      });

      it('refuses a change to a version that is no longer current', async () => {
        const ns = await namespace();
        const made = await cluster.create(WIDGETS, object(WIDGETS, { name: 'w', namespace: ns }));
        const { resourceVersion = '' } = made.metadata;
        const body = (a: number) => ({ metadata: { resourceVersion }, spec: { a } });
        await cluster.patch(WIDGETS, ns, 'w', { type: 'merge', body: body(1) });
        const late = cluster.patch(WIDGETS, ns, 'w', { type: 'merge', body: body(2) });
        await expect(late).rejects.toMatchObject({ status: 409, reason: 'Conflict' });
      });

      it('never changes a UID or a name', async () => {
        const ns = await namespace();
        await cluster.create(WIDGETS, object(WIDGETS, { name: 'w', namespace: ns }));
        const uid = cluster.patch(WIDGETS, ns, 'w', {
          type: 'merge',
          body: { metadata: { uid: randomUUID() } },
        });
        await expect(uid).rejects.toMatchObject({ status: 422 });
        const other = cluster.patch(WIDGETS, ns, 'w', { type: 'merge', body: { metadata: { name: 'x' } } });
        await expect(other).rejects.toMatchObject({ status: 400 });
      });

      it('cannot patch what is not there', async () => {
        const ns = await namespace();
        const patch = cluster.patch(WIDGETS, ns, 'none', { type: 'merge', body: {} });
        await expect(patch).rejects.toMatchObject({
          status: 404,
          reason: 'NotFound',
          message: `widgets.${GROUP} "none" not found`,
        });
      });

      it('lets many writers merge at once', async () => {
        const ns = await namespace();
        await cluster.create(WIDGETS, object(WIDGETS, { name: 'w', namespace: ns }));
        const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
        await Promise.all(
          keys.map(key => cluster.patch(WIDGETS, ns, 'w', { type: 'merge', body: { spec: { [key]: 1 } } })),
        );
        expect(Object.keys((await cluster.get(WIDGETS, ns, 'w'))?.spec).sort()).toEqual(keys);
      });
    });

    describe('deleting', () => {
      it('says whether it was there', async () => {
        const ns = await namespace();
        await cluster.create(WIDGETS, object(WIDGETS, { name: 'w', namespace: ns }));
        expect(await cluster.delete(WIDGETS, ns, 'w')).toBe(true);
        expect(await cluster.delete(WIDGETS, ns, 'w')).toBe(false);
      });

      it('waits for finalizers, and takes no new ones meanwhile', async () => {
        const ns = await namespace();
        await cluster.create(
          WIDGETS,
          object(WIDGETS, { name: 'w', namespace: ns, finalizers: [`${GROUP}/hold`] }),
        );
        await cluster.delete(WIDGETS, ns, 'w');
        const held = await cluster.get(WIDGETS, ns, 'w');
        expect(held?.metadata.deletionTimestamp).toMatch(/Z$/);
        expect(held?.metadata.generation).toBe(2);
        const finalizers = [`${GROUP}/hold`, `${GROUP}/more`];
        const more = cluster.patch(WIDGETS, ns, 'w', { type: 'merge', body: { metadata: { finalizers } } });
        await expect(more).rejects.toMatchObject({ status: 422 });
        await cluster.patch(WIDGETS, ns, 'w', { type: 'merge', body: { metadata: { finalizers: [] } } });
        expect(await cluster.get(WIDGETS, ns, 'w')).toBeUndefined();
      });

      it('takes dependents along', async () => {
        const ns = await namespace();
        const owner = await cluster.create(WIDGETS, object(WIDGETS, { name: 'owner', namespace: ns }));
        const ownerReferences = [referenceTo(owner)];
        await cluster.create(
          CONFIG_MAPS,
          object(CONFIG_MAPS, { name: 'dependent', namespace: ns, ownerReferences }),
        );
        await cluster.delete(WIDGETS, ns, 'owner', { propagation: 'Background' });
        await until(async () => (await cluster.get(CONFIG_MAPS, ns, 'dependent')) === undefined);
      }, 90_000);

      it('takes dependents along first when asked to', async () => {
        const ns = await namespace();
        const owner = await cluster.create(WIDGETS, object(WIDGETS, { name: 'owner', namespace: ns }));
        const ownerReferences = [{ ...referenceTo(owner), blockOwnerDeletion: true }];
        const finalizers = [`${GROUP}/hold`];
        const dependent = { name: 'dependent', namespace: ns, ownerReferences, finalizers };
        await cluster.create(CONFIG_MAPS, object(CONFIG_MAPS, dependent));
        await cluster.delete(WIDGETS, ns, 'owner', { propagation: 'Foreground' });
        const deleted = async () =>
          (await cluster.get(CONFIG_MAPS, ns, 'dependent'))?.metadata.deletionTimestamp !== undefined;
        await until(deleted);
        expect((await cluster.get(WIDGETS, ns, 'owner'))?.metadata.finalizers).toEqual([
          'foregroundDeletion',
        ]);
        await cluster.patch(CONFIG_MAPS, ns, 'dependent', {
          type: 'merge',
          body: { metadata: { finalizers: [] } },
        });
        await until(async () => (await cluster.get(WIDGETS, ns, 'owner')) === undefined);
      }, 90_000);

      it('leaves dependents behind when asked to', async () => {
        const ns = await namespace();
        const owner = await cluster.create(WIDGETS, object(WIDGETS, { name: 'owner', namespace: ns }));
        const ownerReferences = [referenceTo(owner)];
        await cluster.create(
          CONFIG_MAPS,
          object(CONFIG_MAPS, { name: 'dependent', namespace: ns, ownerReferences }),
        );
        await cluster.delete(WIDGETS, ns, 'owner', { propagation: 'Orphan' });
        await until(async () => (await cluster.get(WIDGETS, ns, 'owner')) === undefined);
        expect((await cluster.get(CONFIG_MAPS, ns, 'dependent'))?.metadata.ownerReferences ?? []).toEqual([]);
      }, 90_000);

      it('collects an object whose owner bears another UID', async () => {
        const ns = await namespace();
        const owner = await cluster.create(WIDGETS, object(WIDGETS, { name: 'owner', namespace: ns }));
        const ownerReferences = [{ ...referenceTo(owner), uid: randomUUID() }];
        await cluster.create(SECRETS, object(SECRETS, { name: 'orphan', namespace: ns, ownerReferences }));
        await until(async () => (await cluster.get(SECRETS, ns, 'orphan')) === undefined);
      }, 90_000);

      it('keeps an object while one owner lives, and forgets the dead one', async () => {
        const ns = await namespace();
        const owner = await cluster.create(WIDGETS, object(WIDGETS, { name: 'owner', namespace: ns }));
        const dead = { ...referenceTo(owner), name: 'dead', uid: randomUUID() };
        const ownerReferences = [dead, referenceTo(owner)];
        await cluster.create(SECRETS, object(SECRETS, { name: 's', namespace: ns, ownerReferences }));
        await until(
          async () => (await cluster.get(SECRETS, ns, 's'))?.metadata.ownerReferences?.length === 1,
        );
        expect((await cluster.get(SECRETS, ns, 's'))?.metadata.ownerReferences).toEqual([referenceTo(owner)]);
      }, 90_000);

      it('empties a namespace before it goes, and lets nothing new in', async () => {
        const ns = await namespace();
        await cluster.create(
          WIDGETS,
          object(WIDGETS, { name: 'w', namespace: ns, finalizers: [`${GROUP}/hold`] }),
        );
        await cluster.create(SECRETS, object(SECRETS, { name: 's', namespace: ns }));
        await cluster.delete(NAMESPACES, undefined, ns);
        const late = cluster.create(SECRETS, object(SECRETS, { name: 'late', namespace: ns }));
        await expect(late).rejects.toThrow(/is being terminated/);
        await expect(late).rejects.toBeInstanceOf(ApiFailure);
        await until(async () => (await cluster.get(SECRETS, ns, 's')) === undefined);
        expect((await cluster.get(NAMESPACES, undefined, ns))?.status).toMatchObject({
          phase: 'Terminating',
        });
        await until(
          async () => (await cluster.get(WIDGETS, ns, 'w'))?.metadata.deletionTimestamp !== undefined,
        );
        await cluster.patch(WIDGETS, ns, 'w', { type: 'merge', body: { metadata: { finalizers: [] } } });
        await until(async () => (await cluster.get(NAMESPACES, undefined, ns)) === undefined);
      }, 90_000);

      it('takes the objects of a definition along', async () => {
        const ns = await namespace();
        const gizmos = { ...WIDGETS, plural: 'gizmos', kind: 'Gizmo' };
        await cluster.create(DEFINITIONS, definition(gizmos, ['v1'], {}));
        await established(gizmos);
        await cluster.create(
          gizmos,
          object(gizmos, { name: 'g', namespace: ns, finalizers: [`${GROUP}/hold`] }),
        );
        await cluster.delete(DEFINITIONS, undefined, `gizmos.${GROUP}`);
        await until(
          async () => (await cluster.get(gizmos, ns, 'g'))?.metadata.deletionTimestamp !== undefined,
        );
        expect(await cluster.get(DEFINITIONS, undefined, `gizmos.${GROUP}`)).toBeDefined();
        await cluster.patch(gizmos, ns, 'g', { type: 'merge', body: { metadata: { finalizers: [] } } });
        await until(async () => (await cluster.get(DEFINITIONS, undefined, `gizmos.${GROUP}`)) === undefined);
        await until(async () => (await cluster.discover()).find(GROUP, 'Gizmo', ['v1']) === undefined);
      }, 90_000);
    });

    describe('definitions', () => {
      it('must be named after what they define', async () => {
        const bad = definition({ ...WIDGETS, plural: 'bads', kind: 'Bad' }, ['v1'], {});
        const sent = { ...bad, metadata: { name: `other.${GROUP}` } };
        await expect(cluster.create(DEFINITIONS, sent)).rejects.toMatchObject({ status: 422 });
      });

      it('say which names were accepted and which versions are stored', async () => {
        const found = await cluster.get(DEFINITIONS, undefined, `widgets.${GROUP}`);
        expect(found?.status).toMatchObject({
          acceptedNames: { plural: 'widgets', kind: 'Widget', listKind: 'WidgetList', singular: 'widget' },
          storedVersions: ['v1'],
        });
      });

      it('may keep their objects out of namespaces', async () => {
        const id = fresh('global');
        const made = await cluster.create(GLOBALS, object(GLOBALS, { name: id }));
        expect(made.metadata.namespace).toBeUndefined();
        expect(await cluster.get(GLOBALS, undefined, id)).toMatchObject({ metadata: { name: id } });
      });
    });
  });
}

function referenceTo(owner: KubeObject) {
  const { apiVersion, kind, metadata } = owner;
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '' };
}

async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < items.length; start += 16)
    await Promise.all(items.slice(start, start + 16).map(work));
}
