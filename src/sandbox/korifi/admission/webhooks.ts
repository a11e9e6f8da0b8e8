import type { Cluster } from '../../../cluster/cluster.ts';
import type { AdmissionHook, AdmissionRequest, AdmissionResponse } from '../../apiserver/admission.ts';
import { listAll } from '../../controllers/list.ts';
import { KINDS } from '../../kinds.ts';
import { type KorifiConfig, korifiConfig } from '../config.ts';
import { GROUP } from '../names.ts';
import { ADAPTER } from '../releases.ts';
import { Denied } from './denied.ts';
import { mutate } from './mutate.ts';
import { validate } from './validate.ts';

/** Kinds that have a validating webhook. */
const VALIDATED = [
  'CFOrg',
  'CFSpace',
  'CFApp',
  'CFDomain',
  'CFRoute',
  'CFServiceInstance',
  'CFServiceBinding',
  'CFTask',
  'CFServiceBroker',
  'CFSecurityGroup',
] as const;

/** Stands for all of Korifi's webhook configurations. */
const CONFIGURATION = 'korifi-controllers-validating-webhook-configuration';

/**
 * Korifi's admission webhooks: one that fills in defaults, finalizers and labels, then one a kind that checks.
 * Where their configurations are not installed nothing happens, silently: objects made then have no finalizer
 * and hold no name.
 */
export function korifiWebhooks(cluster: Cluster): AdmissionHook[] {
  return [
    { name: `mcf.${GROUP}`, admit: request => mutating(request, cluster) },
    ...VALIDATED.map(kind => ({
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
  if (!(await isInstalled(cluster))) return { allowed: true };
  const release = (await installed(cluster))?.release ?? ADAPTER;
  return { allowed: true, object: mutate(request, object, release) };
}

async function validating(request: AdmissionRequest, cluster: Cluster): Promise<AdmissionResponse> {
  const config = await installed(cluster);
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

async function isInstalled(cluster: Cluster): Promise<boolean> {
  return (await cluster.get(KINDS.ValidatingWebhookConfiguration, undefined, CONFIGURATION)) !== undefined;
}

async function installed(cluster: Cluster): Promise<KorifiConfig | undefined> {
  if (!(await isInstalled(cluster))) return undefined;
  const configMaps = await listAll(cluster, KINDS.ConfigMap);
  return korifiConfig({ all: () => configMaps });
}
