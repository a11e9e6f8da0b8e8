import { Failure, reasonOf } from '../base/errors.ts';
import type { Finding } from '../base/findings.ts';
import type { Loss } from '../base/losses.ts';
import type { KubeObject } from '../base/object.ts';
import type { ApiSurface, Cluster } from '../cluster/cluster.ts';
import { CARVEL_KEY } from '../foundation/authorities.ts';
import { CARVEL_CONFIG, INSTALLERS, PACKAGING } from '../foundation/kinds/common.ts';
import { texts } from '../foundation/path.ts';
import type { Prepared } from './prepare.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
const FETCHERS = [...INSTALLERS, { group: PACKAGING, kind: 'PackageRepository' }];

/** Certificate authorities that the target's kapp-controller is to trust from now on. */
export interface ConfigMerge {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly namespace: string;
  /** What is there; undefined where there is no configuration yet. */
  readonly live: KubeObject | undefined;
  /** PEM, one certificate each. */
  readonly certificates: readonly string[];
}

/**
 * What kapp-controller's configuration on the target lacks. Proxies, sync periods and the rest are the target's own.
 *
 *     nothing is fetched by kapp-controller                  → nothing
 *     something is fetched from where the source fetched it  → the authorities that the source's configuration had
 *     the person gave authorities for the target's registry  → those
 *     all of them are there                                  → nothing
 *
 * The Secret counts where there is one, else the ConfigMap; where there is none, a Secret beside kapp-controller.
 */
export async function planConfigMerge(
  { inventory, placements, mapping, target }: Prepared,
  cluster: Cluster,
  signal?: AbortSignal,
): Promise<{ merge?: ConfigMerge; findings: Finding[] }> {
  const fetches = [...inventory.kinds.keys()].some(({ group, kind }) =>
    FETCHERS.some(fetcher => fetcher.group === group && fetcher.kind === kind),
  );
  const asBefore = placements.unmapped.length > 0 || inventory.scrutiny.fetchesElsewhere();
  const wanted = [...(asBefore ? inventory.authorities : []), mapping.authorities ?? ''].join('\n');
  if (!fetches || wanted.trim() === '') return { findings: [] };
  const live = await configOf(cluster, target.surface, signal);
  const known = new Set(certificatesIn(live === undefined ? '' : textOf(live)));
  const certificates = certificatesIn(wanted).filter(certificate => !known.has(certificate));
  if (certificates.length === 0) return { findings: [] };
  const namespace = live?.metadata.namespace ?? (await namespaceOf(cluster, target.surface, signal));
  const number =
    certificates.length === 1 ? 'a certificate authority' : `${certificates.length} certificate authorities`;
  const why = 'without which it could not fetch what this restore installs';
  if (namespace === undefined) {
    const text = `kapp-controller may lack ${number} ${why}, and where it runs on the target is not known`;
    const hint = `add them to caCerts of its ${CARVEL_CONFIG}`;
    return { findings: [{ code: 'trusts-authority', severity: 'warn', text, hint }] };
  }
  const kind = live?.kind === 'ConfigMap' ? 'ConfigMap' : 'Secret';
  const subject = `${kind} ${namespace}/${CARVEL_CONFIG}`;
  const text = `kapp-controller will trust ${number} ${why}: added to ${subject}`;
  return {
    merge: { kind, namespace, live, certificates },
    findings: [{ code: 'trusts-authority', severity: 'warn', subject, text }],
  };
}

/** Adds them; what is there stays. A configuration that changed since is the reason to leave it, and a loss. */
export async function mergeConfig(
  cluster: Cluster,
  surface: ApiSurface,
  merge: ConfigMerge,
): Promise<Loss[]> {
  const { kind, namespace, live, certificates } = merge;
  const resource = surface.find('', kind, ['v1']);
  const present = live === undefined ? '' : textOf(live).trimEnd();
  const text = `${[...(present === '' ? [] : [present]), ...certificates].join('\n')}\n`;
  const data = { [CARVEL_KEY]: kind === 'Secret' ? Buffer.from(text).toString('base64') : text };
  try {
    if (resource === undefined) throw new Failure('api-error', 'the target does not serve it');
    if (live === undefined) {
      const metadata = { name: CARVEL_CONFIG, namespace };
      await cluster.create(resource, { apiVersion: 'v1', kind, metadata, data });
    } else {
      const body = { metadata: { resourceVersion: live.metadata.resourceVersion }, data };
      await cluster.patch(resource, namespace, CARVEL_CONFIG, { type: 'merge', body });
    }
    return [];
  } catch (error) {
    const subject = `${kind} ${namespace}/${CARVEL_CONFIG}`;
    return [{ kind: 'object-failed', subject, reason: reasonOf(error) }];
  }
}

/** The Secret before the ConfigMap, as kapp-controller reads them. */
async function configOf(
  cluster: Cluster,
  surface: ApiSurface,
  signal: AbortSignal | undefined,
): Promise<KubeObject | undefined> {
  for (const kind of ['Secret', 'ConfigMap']) {
    const [found] = await named(cluster, surface, '', kind, CARVEL_CONFIG, signal);
    if (found !== undefined) return { ...found, kind };
  }
  return undefined;
}

async function namespaceOf(
  cluster: Cluster,
  surface: ApiSurface,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const [found] = await named(cluster, surface, 'apps', 'Deployment', 'kapp-controller', signal);
  return found?.metadata.namespace;
}

async function named(
  cluster: Cluster,
  surface: ApiSurface,
  group: string,
  kind: string,
  name: string,
  signal: AbortSignal | undefined,
): Promise<KubeObject[]> {
  const resource = surface.find(group, kind, ['v1']);
  const objects: KubeObject[] = [];
  if (resource === undefined) return objects;
  const options = { fieldSelector: `metadata.name=${name}`, ...(signal && { signal }) };
  try {
    for await (const page of cluster.list(resource, options)) objects.push(...page);
  } catch (error) {
    // That rights are missing is told of all at once, by the checks of rights.
    if (!(error instanceof Failure) || error.code !== 'forbidden') throw error;
  }
  return objects;
}

function textOf(object: KubeObject): string {
  const [text = ''] = texts(object, `data.${CARVEL_KEY}`);
  return object.kind === 'Secret' ? Buffer.from(text, 'base64').toString() : text;
}

function certificatesIn(pem: string): string[] {
  return [...new Set(pem.match(CERTIFICATE) ?? [])].map(certificate => certificate.replaceAll('\r', ''));
}
