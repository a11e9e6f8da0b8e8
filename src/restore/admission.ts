import { Failure } from '../base/errors.ts';
import type { KubeObject } from '../base/object.ts';
import { ApiFailure, type ApiSurface, type Cluster } from '../cluster/cluster.ts';
import { KORIFI } from '../foundation/kinds/common.ts';

/** What Korifi's webhooks make of an object that none of them may let through. */
export type Admission =
  | { readonly answer: 'refused' | 'untried' }
  | { readonly answer: 'let through' }
  | { readonly answer: 'none'; readonly reason: string };

/**
 * Asks Korifi's webhooks whether they would let an org stand outside of the root namespace, which no version of them
 * does. It is a dry run: nothing is written, no name is taken. Objects that are created while the webhooks are not
 * installed get no finalizer and hold no name, silently, and are never mended; while they do not answer, nothing can
 * be created at all.
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
  const name = 'asa-backup-probe';
  const namespace = rootNamespace === 'default' ? 'kube-public' : 'default';
  const org: KubeObject = {
    apiVersion: `${resource.group}/${resource.version}`,
    kind: resource.kind,
    metadata: { name, namespace },
    spec: { displayName: name },
  };
  try {
    await cluster.create(resource, org, { dryRun: true });
    return { answer: 'let through' };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.code === 'forbidden') return { answer: 'untried' };
    if (!(error instanceof ApiFailure)) throw error;
    return error.status < 500 ? { answer: 'refused' } : { answer: 'none', reason: error.message };
  }
}
