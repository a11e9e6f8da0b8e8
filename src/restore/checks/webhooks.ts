import { Failure } from '../../base/errors.ts';
import type { Finding } from '../../base/findings.ts';
import type { KubeObject } from '../../base/object.ts';
import { ApiFailure, type ApiResource, type ApiSurface, type Cluster } from '../../cluster/cluster.ts';
import { descriptorOf } from '../../foundation/catalog.ts';
import { KORIFI } from '../../foundation/kinds/common.ts';
import { inVersion } from '../apply.ts';
import { tryAdmission } from './admission.ts';

/** What only the validating webhooks see to. A dry run takes no name, so it cannot show whether they do. */
const CHECKED: readonly { readonly kinds: readonly string[]; readonly lacks: string }[] = [
  {
    kinds: [
      ...['CFOrg', 'CFSpace', 'CFApp', 'CFRoute', 'CFServiceInstance', 'CFServiceBinding'],
      ...['CFServiceBroker', 'CFSecurityGroup'],
    ],
    lacks: 'the locks of their names',
  },
  { kinds: ['CFDomain'], lacks: 'a check for overlaps' },
  { kinds: ['CFTask'], lacks: 'a check of their numbers' },
];

/** The runner's own: v0.8 tells each instance its number, later versions finalize what asks for instances. */
const RUNNER_WEBHOOKS = { pods: `mstspod.${KORIFI}`, workloads: `mappworkload.${KORIFI}` };
const RUNNER = { kind: 'RunnerInfo', name: 'statefulset-runner' };
const PODS = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };

const PROBE = 'asa-backup-probe';

/** An object in whose dry run webhooks show their work: those of orgs are tried before (admission.ts). */
interface Probe {
  readonly kind: string;
  /** Only where the root namespace has this object: the part of Korifi with these webhooks is in use. */
  readonly when?: { readonly kind: string; readonly name: string };
  readonly spec: object;
  /** Every Korifi has a webhook that gives it a finalizer. */
  readonly finalized: boolean;
}

const PROBES: readonly Probe[] = [
  {
    kind: 'CFApp',
    spec: { displayName: PROBE, desiredState: 'STOPPED', lifecycle: { type: 'buildpack', data: {} } },
    finalized: true,
  },
  { kind: 'CFPackage', spec: { type: 'bits', appRef: { name: PROBE } }, finalized: true },
  {
    kind: 'BuildWorkload',
    when: { kind: 'BuilderInfo', name: 'kpack-image-builder' },
    // Those of other builders are none of its business.
    spec: { buildRef: { name: PROBE }, builderName: 'kpack-image-builder' },
    finalized: true,
  },
  {
    kind: 'AppWorkload',
    when: RUNNER,
    spec: {
      ...{ GUID: PROBE, appGUID: PROBE, version: '0', processType: 'web' },
      ...{ image: PROBE, instances: 0, runnerName: PROBE },
    },
    finalized: false,
  },
];

interface WebhookOptions {
  readonly cluster: Cluster;
  readonly surface: ApiSurface;
  readonly rootNamespace: string;
  /** What the restore makes: kinds of Korifi's own. */
  readonly kinds: ReadonlySet<string>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Whether Korifi's webhooks on which a restore relies are there, all of them, and not only those of orgs.
 *
 *     validating  there is one for every kind that is made and whose names are locked, in whatever configuration
 *     mutating    objects get their finalizer in a dry run; each configuration has a certificate authority of its own,
 *                 so the builder's and the runner's are called too
 *
 * What is made while one is missing is lame, silently, and never mended. Nothing is written; what may not be read or
 * asked is not checked.
 */
export async function checkWebhooks(options: WebhookOptions): Promise<Finding[]> {
  const { cluster, surface, rootNamespace } = options;
  const tried = await tryAdmission(cluster, surface, rootNamespace);
  switch (tried.answer) {
    case 'let through':
      return [missing('CFOrg', 'the locks of their names')];
    case 'left bare':
      return [missing('CFOrg', 'finalizers')];
    case 'none':
      return [silent('CFOrg', tried.reason)];
    case 'untried':
      return [];
    case 'refused':
      return [
        ...(await unchecked(options)),
        ...(await unfinished(options)),
        ...(await withoutRunner(options)),
      ];
  }
}

async function unchecked(options: WebhookOptions): Promise<Finding[]> {
  const { surface, kinds: made } = options;
  const checked = await checkedKinds(options);
  if (checked === undefined) return [];
  return CHECKED.flatMap(({ kinds, lacks }) => {
    const bare = kinds.filter(kind => {
      const plural = descriptorOf(KORIFI, kind)?.plural ?? '';
      const isServed = surface.find(KORIFI, kind, ['v1alpha1']) !== undefined;
      return made.has(kind) && isServed && !checked.has(plural);
    });
    return bare.length === 0 ? [] : [missing(bare.join(', '), lacks)];
  });
}

interface Webhook {
  readonly name?: string;
  readonly rules?: readonly { readonly operations?: string[]; readonly resources?: string[] }[];
}

/** All that are configured; undefined where that may not be read. */
async function configured(
  kind: 'ValidatingWebhookConfiguration' | 'MutatingWebhookConfiguration',
  { cluster, surface, signal }: WebhookOptions,
): Promise<Webhook[] | undefined> {
  const resource = surface.find('admissionregistration.k8s.io', kind, ['v1']);
  if (resource === undefined) return undefined;
  const pages = await ifAllowed(() => Array.fromAsync(cluster.list(resource, signal && { signal })));
  return pages?.flat().flatMap(({ webhooks }) => webhooks ?? []);
}

/** The plurals whose creation some validating webhook of Korifi's sees; undefined where that may not be read. */
async function checkedKinds(options: WebhookOptions) {
  const webhooks = await configured('ValidatingWebhookConfiguration', options);
  const rules = webhooks?.flatMap(({ name, rules }) => (name?.endsWith(`.${KORIFI}`) ? (rules ?? []) : []));
  const ofCreations = rules?.filter(({ operations }) => operations?.includes('CREATE'));
  return ofCreations && new Set(ofCreations.flatMap(({ resources }) => resources ?? []));
}

async function unfinished(options: WebhookOptions): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { kind, when, spec, finalized } of PROBES) {
    const resource = options.surface.find(KORIFI, kind, ['v1alpha1']);
    if (resource === undefined || (when !== undefined && !(await isInUse(when, options)))) continue;
    const tried = await tryOut(resource, { spec }, options);
    if (typeof tried === 'string') findings.push(silent(kind, tried));
    else if (finalized && tried?.metadata.finalizers?.length === 0)
      findings.push(missing(kind, 'finalizers'));
  }
  return findings;
}

async function isInUse({ kind, name }: NonNullable<Probe['when']>, options: WebhookOptions) {
  const { cluster, surface, rootNamespace, signal } = options;
  const resource = surface.find(KORIFI, kind, ['v1alpha1']);
  if (resource === undefined) return false;
  return (await ifAllowed(() => cluster.get(resource, rootNamespace, name, signal))) !== undefined;
}

/** The runner has a configuration of its own; that of v0.8 is asked about a pod, the others' about a workload. */
async function withoutRunner(options: WebhookOptions): Promise<Finding[]> {
  if (!(await isInUse(RUNNER, options))) return [];
  const webhooks = await configured('MutatingWebhookConfiguration', options);
  if (webhooks === undefined) return [];
  const has = (wanted: string) => webhooks.some(({ name }) => name === wanted);
  if (has(RUNNER_WEBHOOKS.workloads)) return [];
  if (!has(RUNNER_WEBHOOKS.pods)) return [missing('AppWorkload', 'what the runner gives their instances')];
  const labels = { 'korifi.cloudfoundry.org/add-stsr-index': 'true' };
  const spec = { containers: [{ name: PROBE, image: PROBE }] };
  const tried = await tryOut(PODS, { labels, spec }, options);
  return typeof tried === 'string' ? [silent('Pod', tried)] : [];
}

/** The object as the webhooks leave it, or why they cannot be called; undefined when it is refused. */
async function tryOut(
  resource: ApiResource,
  { labels = {}, spec }: { readonly labels?: Record<string, string>; readonly spec: object },
  { cluster, rootNamespace, signal }: WebhookOptions,
): Promise<KubeObject | string | undefined> {
  const { kind } = resource;
  const metadata = { name: PROBE, namespace: rootNamespace, labels };
  const object: KubeObject = inVersion({ apiVersion: '', kind, metadata, spec }, resource);
  try {
    const made = await cluster.create(resource, object, { dryRun: true, ...(signal && { signal }) });
    return { ...made, metadata: { ...made.metadata, finalizers: made.metadata.finalizers ?? [] } };
  } catch (error) {
    if (error instanceof ApiFailure) return error.status < 500 ? undefined : error.message;
    if (error instanceof Failure && error.code === 'forbidden') return undefined;
    throw error;
  }
}

function missing(kinds: string, lacks: string): Finding {
  const text = `Korifi's webhooks are not installed for ${kinds} on the target: new ones would lack ${lacks}`;
  const hint = 'install Korifi again, with its webhook configurations';
  return { code: 'webhooks-missing', severity: 'refuse', subject: kinds, text, hint };
}

function silent(kind: string, reason: string): Finding {
  const text = `Korifi's webhooks for ${kind} do not answer on the target: ${reason}`;
  const hint = "see whether Korifi's controllers are running there";
  return { code: 'webhooks-silent', severity: 'refuse', subject: kind, text, hint };
}

async function ifAllowed<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Failure && error.code === 'forbidden') return undefined;
    throw error;
  }
}
