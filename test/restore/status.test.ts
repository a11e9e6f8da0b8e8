import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/base/object.ts';
import type { ApiResource, Cluster } from '../../src/cluster/cluster.ts';
import { descriptorOf } from '../../src/foundation/catalog.ts';
import { writeStatus } from '../../src/restore/status.ts';
import { type ApiServer, startApiServer } from '../../src/sandbox/apiserver/server.ts';
import { definitionOf } from '../../src/sandbox/platform/definitions.ts';

const GROUP = 'korifi.cloudfoundry.org';
const id = { group: GROUP, kind: 'CFBuild', namespace: 'default', name: 'build' };
const WANTED = {
  droplet: { registry: { image: 'registry.example.com/droplets@sha256:1' }, ports: [8080] },
  conditions: [
    { type: 'Staging', status: 'False', reason: 'BuildNotRunning', observedGeneration: 7 },
    { type: 'Succeeded', status: 'True', reason: 'BuildSucceeded', observedGeneration: 7 },
  ],
};

describe('a status that is state', () => {
  let server: ApiServer;
  let cluster: Cluster;
  let resource: ApiResource;
  let writes: string[];

  beforeEach(async () => {
    server = await startApiServer();
    cluster = server.local();
    resource = { group: GROUP, version: 'v1alpha1', plural: 'cfbuilds', kind: 'CFBuild', namespaced: true };
    await define(cluster, definitionOf(resource));
    await cluster.create(resource, {
      apiVersion: `${GROUP}/v1alpha1`,
      kind: 'CFBuild',
      metadata: { name: 'build', namespace: 'default' },
      spec: {},
    });
    writes = [];
    server.onChange(({ object }) => {
      if (object.kind === 'CFBuild') writes.push(JSON.stringify(object.status?.conditions ?? null));
    });
  });
  afterEach(() => server.stop());

  const controllerWrites = (status: object) =>
    cluster.patch(resource, 'default', 'build', { type: 'merge', body: { status }, subresource: 'status' });
  const write = () => {
    const rule = descriptorOf(GROUP, 'CFBuild')?.status;
    if (rule === undefined) throw new Error('the catalog has a status rule for CFBuild');
    return writeStatus({ cluster, resource, id, rule, wanted: WANTED });
  };
  const live = () => cluster.get(resource, 'default', 'build') as Promise<KubeObject>;

  it('of what its controller deletes for its age is no loss, and of anything else one', async () => {
    const rule = descriptorOf(GROUP, 'CFTask')?.status;
    if (rule === undefined) throw new Error('the catalog has a status rule for CFTask');
    for (const expires of [true, undefined]) {
      const name = `task-${expires}`;
      const metadata = { name, namespace: 'default' };
      await cluster.create(resource, {
        apiVersion: `${GROUP}/v1alpha1`,
        kind: 'CFBuild',
        metadata,
        spec: {},
      });
      const { expires: _, ...plain } = rule;
      const target = { cluster, resource, id: { ...id, name }, wanted: WANTED };
      const done = writeStatus({ ...target, rule: { ...plain, ...(expires && { expires }) } }).catch(
        error => error.message,
      );
      await cluster.delete(resource, 'default', name);
      expect(await done).toBe(expires ? 'completed' : 'it vanished before its status was written');
    }
  });

  it('is written only after the controller has looked once', async () => {
    const done = write();
    await new Promise(resolve => setTimeout(resolve, 400));
    expect(writes).toEqual([]);
    await controllerWrites({ observedGeneration: 1, conditions: [{ type: 'Ready', status: 'False' }] });
    expect(await done).toBe('completed');
    expect((await live()).status.droplet).toEqual(WANTED.droplet);
  });

  it('says the generation that the object has here, not the one it had at the source', async () => {
    await controllerWrites({ observedGeneration: 1 });
    await write();
    const { status } = await live();
    expect(status.observedGeneration).toBe(1);
    expect(
      status.conditions.map((condition: { observedGeneration: number }) => condition.observedGeneration),
    ).toEqual([1, 1]);
  });

  it('is written again when a pass that was under way takes the conditions back', async () => {
    await controllerWrites({ observedGeneration: 1 });
    let taken = 0;
    server.onChange(({ object }) => {
      const conditions: { type: string }[] = object.status?.conditions ?? [];
      if (object.kind !== 'CFBuild' || taken === 2 || !conditions.some(({ type }) => type === 'Succeeded'))
        return;
      taken++;
      setImmediate(() => controllerWrites({ conditions: [{ type: 'Ready', status: 'False' }] }));
    });
    expect(await write()).toBe('completed');
    expect(taken).toBe(2);
    expect((await live()).status.conditions).toMatchObject([
      { type: 'Staging' },
      { type: 'Succeeded', status: 'True' },
    ]);
  });

  it('is not written when it holds already: a second run changes nothing', async () => {
    await controllerWrites({ observedGeneration: 1 });
    await write();
    writes.length = 0;
    expect(await write()).toBe('unchanged');
    expect(writes).toEqual([]);
  });
});

async function define(cluster: Cluster, definition: KubeObject): Promise<void> {
  const surface = await cluster.discover();
  const kind = surface.find('apiextensions.k8s.io', 'CustomResourceDefinition', ['v1']);
  if (kind === undefined) throw new Error('the API server serves CustomResourceDefinitions');
  await cluster.create(kind, definition);
  await expect
    .poll(async () => (await cluster.discover()).find(GROUP, 'CFBuild', ['v1alpha1']))
    .toBeDefined();
}
