import { afterAll, beforeAll, describe } from 'vitest';
import type { KubeObject } from '../../src/base/object.ts';
import type { ApiResource, Cluster } from '../../src/cluster/cluster.ts';
import { builtIns } from './apiserver-built-ins.contract.ts';
import { changing } from './apiserver-changing.contract.ts';
import { creating } from './apiserver-creating.contract.ts';
import { definitions } from './apiserver-definitions.contract.ts';
import { deleting } from './apiserver-deleting.contract.ts';
import type { Ground } from './apiserver-ground.ts';
import { reading } from './apiserver-reading.contract.ts';
import {
  DEFINITIONS,
  definition,
  GLOBALS,
  NAMESPACES,
  object,
  PLAIN,
  until,
  WIDGETS,
} from './contract-kinds.ts';

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

    const ground: Ground = {
      get cluster() {
        return cluster;
      },
      established,
      fresh: prefix => `${prefix}-${++counter}`,
      async namespace() {
        const id = ground.fresh('contract');
        await cluster.create(NAMESPACES, object(NAMESPACES, { name: id }));
        return id;
      },
      async all(resource, options) {
        const objects: KubeObject[] = [];
        for await (const page of cluster.list(resource, options)) objects.push(...page);
        return objects;
      },
    };
    for (const part of [creating, builtIns, reading, changing, deleting, definitions]) part(ground);
  });
}
