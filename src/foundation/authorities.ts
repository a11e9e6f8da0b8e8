import { load } from 'js-yaml';
import { idOf, type Json, type KubeObject, showId } from '../base/object.ts';
import { CARVEL_CONFIG } from './kinds/common.ts';
import { texts, values } from './path.ts';
import { isOfTenants } from './tenants.ts';

/** PEM certificates of authorities by which a foundation's own registries may be signed. */
export interface Authority {
  readonly pem: string;
  /** The object that has it, for people. */
  readonly from: string;
}

/** Korifi's chart mounts the Secret of its value `containerRegistryCACertSecret` into its API under this name. */
export const KORIFI_API = 'korifi-api-deployment';
const KORIFI_VOLUMES = 'spec.template.spec.volumes[]';
const KORIFI_VOLUME = 'korifi-registry-ca-cert';
const KORIFI_KEY = 'ca.crt';
export const CARVEL_KEY = 'caCerts';
/** Where ASA's values have the authority of its registry; the last is that of ASA 1.0. */
export const ADAPTER_VALUES = [
  'app_registry.ca_cert.data',
  'app_registry.ca_cert',
  'app_registry_credentials.ca_cert_data',
];
const PEM = '-----BEGIN CERTIFICATE-----';

/** The Secrets, as `NAMESPACE/NAME`, that a Deployment of Korifi's mounts for its registry's authority. */
export function authoritySecrets({ metadata, ...deployment }: KubeObject): string[] {
  if (metadata.name !== KORIFI_API) return [];
  return values(deployment as Json, KORIFI_VOLUMES).flatMap(volume =>
    texts(volume, 'name')[0] === KORIFI_VOLUME
      ? texts(volume, 'secret.secretName').map(name => `${metadata.namespace}/${name}`)
      : [],
  );
}

/**
 * The authorities that a Secret or ConfigMap configures for registries; of any other object none, and none of what users
 * of orgs and spaces have made: who is trusted for all registries is for operators to say.
 * @param korifi the Secrets of {@link authoritySecrets}
 */
export function authoritiesOf(object: KubeObject, korifi: ReadonlySet<string>): Authority[] {
  const { kind, metadata } = object;
  if ((kind !== 'Secret' && kind !== 'ConfigMap') || isOfTenants(object)) return [];
  const text = (key: string) =>
    texts(object, `data["${key}"]`).map(value => (kind === 'Secret' ? decoded(value) : value));
  const found = [
    ...(metadata.name === CARVEL_CONFIG ? text(CARVEL_KEY) : []),
    ...(kind === 'Secret' && korifi.has(`${metadata.namespace}/${metadata.name}`) ? text(KORIFI_KEY) : []),
    ...(kind === 'Secret' ? Object.values(object.data ?? {}).flatMap(inValues) : []),
  ];
  return found.flatMap(pem => (pem.includes(PEM) ? [{ pem, from: showId(idOf(object)) }] : []));
}

/** Of a values file of ASA's; most Secrets are none, and are neither parsed nor made a text of. */
function inValues(value: unknown): string[] {
  if (typeof value !== 'string') return [];
  const bytes = Buffer.from(value, 'base64');
  if (!bytes.includes('app_registry') || !bytes.includes('ca_cert')) return [];
  try {
    const document = load(bytes.toString()) as Json;
    return ADAPTER_VALUES.flatMap(path => texts(document, path)).map(text =>
      text.includes(PEM) ? text : decoded(text),
    );
  } catch {
    return [];
  }
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
