import type { KubeObject } from '../../base/object.ts';
import {
  ApiFailure,
  type ApiResource,
  type ApiSurface,
  type Cluster,
  type DeleteOptions,
  type ListOptions,
  type Patch,
  type WriteOptions,
} from '../../cluster/cluster.ts';
import type { Collection } from './collection.ts';
import { KUBERNETES_VERSION } from './documents.ts';
import type { Kinds } from './kinds.ts';
import type { Objects } from './objects.ts';
import { jsonPatch, mergePatch } from './patches.ts';
import { noSuchResource, StatusError } from './status-error.ts';

const PAGE_OBJECTS = 500;

/** The API server as a {@link Cluster} without HTTP between: for controllers that live in the same process. */
export class LocalCluster implements Cluster {
  readonly context: string;
  readonly server: string;
  readonly #objects: Objects;
  readonly #kinds: Kinds;

  constructor(context: string, server: string, objects: Objects, kinds: Kinds) {
    this.context = context;
    this.server = server;
    this.#objects = objects;
    this.#kinds = kinds;
  }

  async version(): Promise<string> {
    return KUBERNETES_VERSION;
  }

  async discover(): Promise<ApiSurface> {
    const kinds = this.#kinds.all();
    return {
      broken: new Map(),
      silence: () => undefined,
      find: (group, name, versions) => {
        const kind = kinds.find(candidate => candidate.group === group && candidate.kind === name);
        const version = versions.find(wanted =>
          kind?.versions.some(({ name, served }) => served && name === wanted),
        );
        if (kind === undefined || version === undefined) return undefined;
        return { group, version, plural: kind.plural, kind: name, namespaced: kind.namespaced };
      },
    };
  }

  async *list(resource: ApiResource, options: ListOptions = {}): AsyncGenerator<KubeObject[]> {
    const { labelSelector = '', fieldSelector = '', namespace } = options;
    let token: string | undefined;
    do {
      const query = { limit: PAGE_OBJECTS, continue: token ?? '', labelSelector, fieldSelector };
      const page = await translated(() => this.#objects.list(this.#collection(resource, namespace), query));
      yield [...page.items];
      token = page.continue;
    } while (token !== undefined);
  }

  async *changes(resource: ApiResource, since: string): AsyncGenerator<KubeObject> {
    const { kind } = this.#collection(resource, undefined);
    for (const change of this.#objects.storage.since(Number(since)) ?? []) {
      if (change.kind === kind) yield change.object;
    }
  }

  async get(
    resource: ApiResource,
    namespace: string | undefined,
    name: string,
  ): Promise<KubeObject | undefined> {
    return unlessMissing(() => this.#objects.get(this.#collection(resource, namespace), name));
  }

  create(resource: ApiResource, object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    return translated(() => {
      const collection = this.#collection(resource, object.metadata.namespace);
      const { apiVersion: _, kind: __, ...body } = object;
      return this.#objects.create(collection, body, options.dryRun);
    });
  }

  patch(
    resource: ApiResource,
    namespace: string | undefined,
    name: string,
    patch: Patch,
    options: WriteOptions = {},
  ): Promise<KubeObject> {
    const apply = patch.type === 'merge' ? mergePatch : jsonPatch;
    const update = { subresource: patch.subresource, dryRun: options.dryRun ?? false };
    return translated(() =>
      this.#objects.update(
        this.#collection(resource, namespace),
        name,
        current => apply(current, patch.body),
        update,
      ),
    );
  }

  async delete(
    resource: ApiResource,
    namespace: string | undefined,
    name: string,
    options: DeleteOptions = {},
  ): Promise<boolean> {
    const { dryRun = false, propagation, only } = options;
    const meant = { dryRun, propagation, ...(only && { preconditions: only }) };
    const deleted = await unlessMissing(async () => {
      await this.#objects.delete(this.#collection(resource, namespace), name, meant);
      return true;
    });
    return deleted ?? false;
  }

  async can(): Promise<boolean> {
    return true;
  }

  async close(): Promise<void> {}

  #collection(resource: ApiResource, namespace: string | undefined): Collection {
    const { group, version, plural } = resource;
    const kind = this.#kinds.find(group, version, plural);
    if (kind === undefined) throw noSuchResource();
    return { kind, version, namespace: kind.namespaced ? namespace : undefined };
  }
}

async function translated<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StatusError) throw new ApiFailure(error.code, error.reason, error.message);
    throw error;
  }
}

async function unlessMissing<T>(work: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await translated(work);
  } catch (error) {
    if (error instanceof ApiFailure && error.status === 404) return undefined;
    throw error;
  }
}
