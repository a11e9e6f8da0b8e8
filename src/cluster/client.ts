import type { KubeObject } from '../base/object.ts';
import { changesSince } from './changes.ts';
import {
  ApiFailure,
  type ApiResource,
  type ApiSurface,
  type Cluster,
  type DeleteOptions,
  FIELD_MANAGER,
  type ListOptions,
  type Patch,
  type WriteOptions,
} from './cluster.ts';
import { discover } from './discovery.ts';
import { ApiHttp } from './http.ts';
import { loadKubeconfig, type Target } from './kubeconfig.ts';
import type { ClusterOptions } from './options.ts';
import { listPages } from './pager.ts';
import { apiVersionOf, pathOf } from './paths.ts';
import { ServiceDialler, type ServicePort } from './service.ts';
import { fieldsOf, isFields, malformed, textOf } from './shape.ts';

const PATCH_TYPES = { merge: 'application/merge-patch+json', json: 'application/json-patch+json' } as const;

/**
 * A cluster as kubectl would find it. Nothing is sent yet: the first request shows whether it is there.
 *
 * @throws Failure `kubeconfig` or `usage`.
 */
export async function connectCluster(options: ClusterOptions = {}): Promise<ApiCluster> {
  const target = loadKubeconfig(options);
  return new ApiCluster(target, new ApiHttp(target, options));
}

/** {@link Cluster} over HTTP. */
export class ApiCluster implements Cluster {
  readonly context: string;
  readonly server: string;
  /** Namespace of the context, or of `--namespace`. */
  readonly namespace: string;
  readonly #http: ApiHttp;

  constructor(target: Target, http: ApiHttp) {
    this.context = target.context;
    this.server = target.cluster.server;
    this.namespace = target.namespace;
    this.#http = http;
  }

  async version(signal?: AbortSignal): Promise<string> {
    const version = fieldsOf(await this.#http.request({ method: 'GET', path: '/version', signal }));
    return textOf(version.gitVersion) || 'unknown';
  }

  discover(signal?: AbortSignal): Promise<ApiSurface> {
    return discover(this.#http, signal);
  }

  list(resource: ApiResource, options: ListOptions = {}): AsyncGenerator<KubeObject[]> {
    return listPages(this.#http, resource, options);
  }

  changes(resource: ApiResource, since: string, signal?: AbortSignal): AsyncGenerator<KubeObject> {
    return changesSince(this.#http, resource, since, signal);
  }

  async get(
    resource: ApiResource,
    namespace: string | undefined,
    name: string,
    signal?: AbortSignal,
  ): Promise<KubeObject | undefined> {
    const path = pathOf(resource, namespace, name);
    return unlessMissing(async () => {
      const body = await this.#http.request({ method: 'GET', path, signal });
      return objectOf(body, resource, path);
    });
  }

  async create(resource: ApiResource, object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    const path = pathOf(resource, object.metadata.namespace);
    const body = { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
    const idempotent = options.dryRun === true;
    const { signal } = options;
    const query = writeQuery(options);
    return objectOf(
      await this.#http.request({ method: 'POST', path, body, idempotent, signal, query }),
      resource,
      path,
    );
  }

  async patch(
    resource: ApiResource,
    namespace: string | undefined,
    name: string,
    patch: Patch,
    options: WriteOptions = {},
  ): Promise<KubeObject> {
    const path = pathOf(resource, namespace, name, patch.subresource);
    const answer = await this.#http.request({
      method: 'PATCH',
      path,
      body: patch.body,
      contentType: PATCH_TYPES[patch.type],
      // A merge patch sent twice ends in the same object; a JSON patch may add twice.
      idempotent: patch.type === 'merge' || options.dryRun === true,
      query: writeQuery(options),
      signal: options.signal,
    });
    return objectOf(answer, resource, path);
  }

  async delete(
    resource: ApiResource,
    namespace: string | undefined,
    name: string,
    options: DeleteOptions = {},
  ): Promise<boolean> {
    const path = pathOf(resource, namespace, name);
    const { propagation, only: preconditions, signal } = options;
    const query = { dryRun: dryRunOf(options), propagationPolicy: propagation };
    const body = preconditions && { kind: 'DeleteOptions', apiVersion: 'v1', preconditions };
    const answer = await unlessMissing(async () => {
      await this.#http.request({ method: 'DELETE', path, query, body, signal });
      return true;
    });
    return answer ?? false;
  }

  async can(
    verb: string,
    resource: { group: string; plural: string; subresource?: string },
    namespace?: string,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const { group, plural, subresource } = resource;
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { verb, group, resource: plural, subresource, namespace } },
    };
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    const review = fieldsOf(
      await this.#http.request({ method: 'POST', path, body, idempotent: true, signal }),
    );
    return fieldsOf(review.status).allowed === true;
  }

  /** Connections to a Service, through the API server. */
  dialler(service: ServicePort): ServiceDialler {
    return new ServiceDialler(this.#http, service);
  }

  close(): Promise<void> {
    return this.#http.close();
  }
}

function writeQuery(options: WriteOptions): Record<string, string | undefined> {
  return { fieldManager: FIELD_MANAGER, dryRun: dryRunOf(options) };
}

function dryRunOf(options: WriteOptions): string | undefined {
  return options.dryRun ? 'All' : undefined;
}

async function unlessMissing<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ApiFailure && error.status === 404) return undefined;
    throw error;
  }
}

function objectOf(body: unknown, resource: ApiResource, path: string): KubeObject {
  if (isFields(body) && isFields(body.metadata)) {
    return { apiVersion: apiVersionOf(resource), kind: resource.kind, ...body } as KubeObject;
  }
  throw malformed(`no ${resource.kind}`, path);
}
