import type { KubeObject } from '../../base/object.ts';
import { copyOf } from './json.ts';
import type { Kind } from './kind.ts';
import { StatusError } from './status-error.ts';

/** What a webhook is asked: the request of an AdmissionReview of admission.k8s.io/v1. */
export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly subResource: string;
  readonly namespace: string | undefined;
  readonly name: string;
  /** Undefined for DELETE. In a CREATE it still has the status that a client sent, although it will be dropped. */
  readonly object: KubeObject | undefined;
  /** Undefined for CREATE. */
  readonly oldObject: KubeObject | undefined;
  readonly dryRun: boolean;
}

/** A webhook's answer. */
export interface AdmissionResponse {
  readonly allowed: boolean;
  /** Why not. */
  readonly message?: string;
  /** HTTP status of a denial; 403 otherwise, as controller-runtime's webhooks answer. */
  readonly code?: number;
  /** The object as the webhook wants it instead. */
  readonly object?: KubeObject;
}

/** A webhook within the process. One that throws is one that cannot be reached: with `failurePolicy: Fail` a 500. */
export interface AdmissionHook {
  /** As in messages: `vcfapp.korifi.cloudfoundry.org`. */
  readonly name: string;
  admit(request: AdmissionRequest): Promise<AdmissionResponse>;
}

/** The webhooks of one server, asked in the order in which they were registered. */
export class Admission {
  readonly #hooks: AdmissionHook[] = [];

  /** Returns how to take it away. */
  register(hook: AdmissionHook): () => void {
    this.#hooks.push(hook);
    return () => {
      const index = this.#hooks.indexOf(hook);
      if (index >= 0) this.#hooks.splice(index, 1);
    };
  }

  /**
   * The object as the webhooks leave it.
   *
   * @throws StatusError of a denial, or 500 when a webhook fails.
   */
  async review<T extends KubeObject | undefined>(request: AdmissionRequest & { object: T }): Promise<T> {
    let object = request.object;
    for (const hook of [...this.#hooks]) {
      const response = await ask(hook, {
        ...request,
        object: copyOf(object),
        oldObject: copyOf(request.oldObject),
      });
      if (!response.allowed) throw denied(hook, response);
      if (response.object !== undefined && object !== undefined) object = copyOf(response.object) as T;
    }
    return object;
  }
}

/** The names that a review gives to a kind. */
export function reviewNames(kind: Kind, version: string): Pick<AdmissionRequest, 'kind' | 'resource'> {
  const { group, plural } = kind;
  return { resource: { group, version, resource: plural }, kind: { group, version, kind: kind.kind } };
}

async function ask(hook: AdmissionHook, request: AdmissionRequest): Promise<AdmissionResponse> {
  try {
    return await hook.admit(request);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `Internal error occurred: failed calling webhook ${JSON.stringify(hook.name)}: ${reason}`;
    throw new StatusError(500, 'InternalError', message);
  }
}

function denied(hook: AdmissionHook, response: AdmissionResponse): StatusError {
  const code = response.code ?? 403;
  const why = response.message ? `: ${response.message}` : ' without explanation';
  const message = `admission webhook ${JSON.stringify(hook.name)} denied the request${why}`;
  return new StatusError(code, code === 403 ? 'Forbidden' : '', message);
}
