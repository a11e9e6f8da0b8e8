import { Failure } from '../../base/errors.ts';
import type { KubeObject } from '../../base/object.ts';
import { ApiFailure, type ApiResource, type ApiSurface, type Cluster } from '../../cluster/cluster.ts';
import { KORIFI } from '../../foundation/kinds/common.ts';

/** What Korifi's webhooks make of an object that none of them may let through. */
export type Admission =
  | { readonly answer: 'refused' | 'untried' }
  /** Nobody checks what is created, or nobody completes it. */
  | { readonly answer: 'let through' | 'left bare' }
  | { readonly answer: 'none'; readonly reason: string };

/**
 * Asks Korifi's webhooks whether they would let an org stand outside of the root namespace, which no version of them
 * does, and what they make of one inside: a finalizer at least. Both are dry runs: nothing is written, no name is
 * taken. Objects that are created while the webhooks are not installed get no finalizer and hold no name, silently, and
 * are never mended; while they do not answer, nothing can be created at all.
 *
 * @returns `untried` when Korifi's kinds are not served, or the right to ask is missing.
 */
export async function tryAdmission(
  cluster: Cluster,
  surface: ApiSurface,
  rootNamespace: string,
): Promise<Admission> {
  const resource = surface.find(KORIFI, 'CFOrg', ['v1alpha1']);
  if (resource === undefined) return { answer: 'untried' };
  const outside = rootNamespace === 'default' ? 'kube-public' : 'default';
  const checked = await tryOrg(cluster, resource, outside);
  if (checked.answer === 'created') return { answer: 'let through' };
  if (checked.answer !== 'refused') return checked;
  const completed = await tryOrg(cluster, resource, rootNamespace);
  if (completed.answer !== 'created') return completed;
  return { answer: completed.org.metadata.finalizers?.length ? 'refused' : 'left bare' };
}

type Tried =
  | Exclude<Admission, { answer: 'let through' | 'left bare' }>
  | { answer: 'created'; org: KubeObject };

async function tryOrg(cluster: Cluster, resource: ApiResource, namespace: string): Promise<Tried> {
  const name = 'asa-backup-probe';
  const org: KubeObject = {
    apiVersion: `${resource.group}/${resource.version}`,
    kind: resource.kind,
    metadata: { name, namespace },
    spec: { displayName: name },
  };
  try {
    return { answer: 'created', org: await cluster.create(resource, org, { dryRun: true }) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.code === 'forbidden') return { answer: 'untried' };
    if (!(error instanceof ApiFailure)) throw error;
    return error.status < 500 ? { answer: 'refused' } : { answer: 'none', reason: error.message };
  }
}
