import type { KubeObject } from '../../../base/object.ts';
import type { Cluster } from '../../../cluster/cluster.ts';
import { listAll } from '../../controllers/list.ts';
import { KINDS } from '../../kinds.ts';
import { type KorifiConfig, korifiConfig } from '../config.ts';
import { GROUP } from '../names.ts';
import { mutate } from './mutate.ts';
import { type AdmissionRequest, Denied } from './request.ts';
import { validate } from './validate.ts';

/** What the API server does with the request. */
export type Verdict =
  | { readonly allowed: true; readonly object?: KubeObject }
  | { readonly allowed: false; readonly code: number; readonly reason: string; readonly message: string };

/** Kinds of other groups that Korifi's webhooks see. */
const FOREIGN = new Set(['Build.kpack.io']);

/**
 * Everything that happens to a request on its way through Korifi's webhooks: defaults and finalizers, then the
 * checks. Where the webhook configurations are not installed nothing happens, silently: objects made then have no
 * finalizer and hold no name.
 */
export async function admit(request: AdmissionRequest, cluster: Cluster): Promise<Verdict> {
  const { group, kind } = request.resource;
  const unchanged: Verdict = { allowed: true, ...(request.object && { object: request.object }) };
  if (group !== GROUP && !FOREIGN.has(`${kind}.${group}`)) return unchanged;
  const config = await installed(cluster);
  if (config === undefined) return unchanged;
  const object = mutate(request);
  try {
    await validate({ ...request, ...(object && { object }) }, cluster, config.rootNamespace);
  } catch (error) {
    if (error instanceof Denied) return denial(kind, error);
    throw error;
  }
  return { allowed: true, ...(object && { object }) };
}

/** 403, and the JSON in the message that Korifi's own API takes apart. */
export function denial(kind: string, { type, message }: Denied): Verdict {
  const webhook = `v${kind.toLowerCase()}.${GROUP}`;
  const body = JSON.stringify({ validationErrorType: type, message });
  return {
    allowed: false,
    code: 403,
    reason: 'Forbidden',
    message: `admission webhook "${webhook}" denied the request: ${body}`,
  };
}

async function installed(cluster: Cluster): Promise<KorifiConfig | undefined> {
  const webhooks = await listAll(cluster, KINDS.ValidatingWebhookConfiguration);
  if (!webhooks.some(({ metadata }) => metadata.name.startsWith('korifi-'))) return undefined;
  const configMaps = await listAll(cluster, KINDS.ConfigMap);
  return korifiConfig({ all: () => configMaps });
}
