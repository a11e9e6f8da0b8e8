import { Failure, type FailureDetails } from '../base/errors.ts';
import type { KubeObject } from '../base/object.ts';

/** Under which name the API server notes what this program wrote (`metadata.managedFields`). */
export const FIELD_MANAGER = 'asa-backup';

/** One resource of the API as discovery names it. */
export interface ApiResource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** What the API server serves, and which groups did not answer (an aggregated API that is down, say). */
export interface ApiSurface {
  /** The resource of a kind in the first of the wanted versions that is served; undefined when none is. */
  find(group: string, kind: string, versions: readonly string[]): ApiResource | undefined;
  /** Why discovery lists these versions of a group and cannot describe them; undefined when it can, or has none. */
  silence(group: string, versions: readonly string[]): string | undefined;
  /** Group/versions that discovery listed but could not describe, with the reason. */
  readonly broken: ReadonlyMap<string, string>;
}

/** What of a kind is listed, and how. */
export interface ListOptions {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** Objects without anything but their metadata, and under whatever apiVersion and kind. */
  metadataOnly?: boolean;
  signal?: AbortSignal;
  /** Told of the resourceVersion of the list: what changes later is not in it. */
  onRevision?: (resourceVersion: string) => void;
  /** The list began anew (410 Expired in mid-list): what was yielded so far is void. */
  onRestart?: () => void;
}

/** How a write is sent; `dryRun` has the server judge it and not keep it. */
export interface WriteOptions {
  dryRun?: boolean;
  signal?: AbortSignal;
}

/** How an object is deleted, and what becomes of its dependents. */
export interface DeleteOptions extends WriteOptions {
  propagation?: 'Background' | 'Foreground' | 'Orphan';
  /** Which of the objects that have had this name is meant. */
  only?: { readonly uid?: string; readonly resourceVersion?: string };
}

/** A change of an object, by RFC 7386 (`merge`) or RFC 6902 (`json`). */
export type Patch =
  | { readonly type: 'merge'; readonly body: object; readonly subresource?: 'status' }
  | { readonly type: 'json'; readonly body: readonly object[]; readonly subresource?: 'status' };

/**
 * What the engines need of a cluster, and no more. Errors are `Failure`s: `not-connected`, `unauthorized`,
 * `forbidden`, and `api-error` (an {@link ApiFailure}) for every other refusal of the server.
 * Retries of 429 (Retry-After), 5xx and broken connections have happened by then.
 */
export interface Cluster {
  /** The kubeconfig context, for people. */
  readonly context: string;
  readonly server: string;
  version(signal?: AbortSignal): Promise<string>;
  /** Asks anew each time it is called: CRDs come and go during a restore. */
  discover(signal?: AbortSignal): Promise<ApiSurface>;
  /** Pages of objects with apiVersion and kind set and every field untouched, in the server's order. */
  list(resource: ApiResource, options?: ListOptions): AsyncGenerator<KubeObject[]>;
  /**
   * Objects of a kind that were made, changed or deleted after a resourceVersion, as far as the server tells at once.
   * @throws Failure `forbidden` for who may not watch; ApiFailure 410 when the server does not remember that far back.
   */
  changes(resource: ApiResource, since: string, signal?: AbortSignal): AsyncGenerator<KubeObject>;
  /** Undefined when it is not there (404). */
  get(
    resource: ApiResource,
    namespace: string | undefined,
    name: string,
    signal?: AbortSignal,
  ): Promise<KubeObject | undefined>;
  create(resource: ApiResource, object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  /** A status subresource's or a whole object's replacement; needs resourceVersion for optimistic locking where wanted. */
  patch(
    resource: ApiResource,
    namespace: string | undefined,
    name: string,
    patch: Patch,
    options?: WriteOptions,
  ): Promise<KubeObject>;
  /** True when it was there. @throws ApiFailure 409 when it is not the one that `only` names. */
  delete(
    resource: ApiResource,
    namespace: string | undefined,
    name: string,
    options?: DeleteOptions,
  ): Promise<boolean>;
  /** A SelfSubjectAccessReview. */
  can(
    verb: string,
    resource: { group: string; plural: string; subresource?: string },
    namespace?: string,
    signal?: AbortSignal,
  ): Promise<boolean>;
  close(): Promise<void>;
}

/** A refusal of the API server, with its Status. */
export class ApiFailure extends Failure {
  readonly status: number;
  /** `reason` of the server's Status: AlreadyExists, Conflict, Invalid, Expired … */
  readonly reason: string;

  constructor(status: number, reason: string, message: string, details: FailureDetails = {}) {
    super('api-error', message, details);
    this.status = status;
    this.reason = reason;
  }
}
