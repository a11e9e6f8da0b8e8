import type { Cluster } from '../../../cluster/cluster.ts';
import type { AdmissionHook, AdmissionRequest, AdmissionResponse } from '../../apiserver/admission.ts';
import { listAll } from '../../controllers/list.ts';
import { KINDS } from '../../kinds.ts';
import { type KorifiConfig, korifiConfig } from '../config.ts';
import { GROUP } from '../names.ts';
import { ADAPTER } from '../releases.ts';
import { validatedKinds } from '../validated.ts';
import { Denied } from './denied.ts';
import { mutate } from './mutate.ts';
import { validate } from './validate.ts';

const VALIDATING = 'korifi-controllers-validating-webhook-configuration';
const MUTATING = 'korifi-controllers-mutating-webhook-configuration';
const BUILDERS = 'korifi-kpack-image-builder-mutating-webhook-configuration';

/**
 * Korifi's admission webhooks: one that fills in defaults, finalizers and labels, then one a kind that checks.
 * Where their configurations are not installed nothing happens, silently: objects made then have no finalizer
 * and hold no name.
 */
export function korifiWebhooks(cluster: Cluster): AdmissionHook[] {
  return [
    { name: `mcf.${GROUP}`, admit: request => mutating(request, cluster) },
    ...validatedKinds().map(kind => ({
      name: `v${kind.toLowerCase()}.${GROUP}`,
      admit: (request: AdmissionRequest) =>
        concerns(request, kind) ? validating(request, cluster) : Promise.resolve({ allowed: true }),
    })),
  ];
}

function concerns({ kind, subResource }: AdmissionRequest, wanted: string): boolean {
  return subResource === '' && kind.group === GROUP && kind.kind === wanted;
}

async function mutating(request: AdmissionRequest, cluster: Cluster): Promise<AdmissionResponse> {
  const { kind, subResource, object } = request;
  const ours = kind.group === GROUP || (kind.group === 'kpack.io' && kind.kind === 'Build');
  if (!ours || subResource !== '' || object === undefined) return { allowed: true };
  const name = ['BuildWorkload', 'Build'].includes(kind.kind) ? BUILDERS : MUTATING;
  const isInstalled = (await cluster.get(KINDS.MutatingWebhookConfiguration, undefined, name)) !== undefined;
  if (!isInstalled) return { allowed: true };
  const release = (await configured(cluster))?.release ?? ADAPTER;
  return { allowed: true, object: mutate(request, object, release) };
}

async function validating(request: AdmissionRequest, cluster: Cluster): Promise<AdmissionResponse> {
  if (!(await isChecked(cluster, request.kind.kind))) return { allowed: true };
  const config = await configured(cluster);
  if (config === undefined) return { allowed: true };
  try {
    await validate(request, cluster, config);
    return { allowed: true };
  } catch (error) {
    if (!(error instanceof Denied)) throw error;
    // Korifi's API takes this JSON out of the message.
    const { type: validationErrorType, message } = error;
    return { allowed: false, code: 403, message: JSON.stringify({ validationErrorType, message }) };
  }
}

async function isChecked(cluster: Cluster, kind: string): Promise<boolean> {
  const live = await cluster.get(KINDS.ValidatingWebhookConfiguration, undefined, VALIDATING);
  const webhooks: { readonly name: string }[] = live?.webhooks ?? [];
  return webhooks.some(({ name }) => name === `v${kind.toLowerCase()}.${GROUP}`);
}

async function configured(cluster: Cluster): Promise<KorifiConfig | undefined> {
  const configMaps = await listAll(cluster, KINDS.ConfigMap);
  return korifiConfig({ all: () => configMaps });
}
