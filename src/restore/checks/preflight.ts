import type { Plan } from '../../archive/plan.ts';
import { mapLimit } from '../../base/concurrency.ts';
import { Failure } from '../../base/errors.ts';
import { type Finding, Refused } from '../../base/findings.ts';
import { RESOLVES_IN_FLIGHT } from '../../base/limits.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { descriptorOf } from '../../foundation/catalog.ts';
import type { KindDescriptor } from '../../foundation/descriptor.ts';
import { INSTALLERS } from '../../foundation/kinds/common.ts';
import { parseReference } from '../../registry/reference.ts';
import type { Registries } from '../../registry/registry.ts';
import type { OnExisting } from '../conflicts.ts';
import { type Placements, sharedImages, targetRepositories } from '../images/placement.ts';
import { conflictingTags, type ExistingTags } from '../images/tags.ts';
import type { Inventory } from '../inventory.ts';
import { smallerLimits } from '../retention.ts';
import type { ObjectStore } from '../store.ts';
import type { Target } from '../target.ts';
import type { Mapping } from '../transform.ts';
import { journalRoom } from './journal-room.ts';
import { checkNamespaces } from './namespaces.ts';
import { packagesLeftOut } from './packages-left-out.ts';
import { checkQuotas } from './quotas.ts';
import { leaseRights, nameRights, writingRights } from './rights.ts';
import { missingForStaging } from './staging.ts';
import { takenNames } from './taken-names.ts';
import { unknownSubjects } from './unknown-subjects.ts';
import { compareKorifi } from './version.ts';
import { checkWebhooks } from './webhooks.ts';
import { notWritable } from './writable.ts';

interface PreflightOptions {
  readonly plan: Plan;
  readonly inventory: Inventory;
  readonly store: ObjectStore;
  readonly target: Target;
  readonly placements: Placements;
  readonly cluster: Cluster;
  readonly registries: Registries;
  readonly existingTags: ExistingTags;
  readonly onExisting: OnExisting;
  readonly mapping: Mapping;
  /** What the archive may do that is refused otherwise, by name. */
  readonly allowed: ReadonlySet<string>;
  /** Where what is written will be noted; absent where it is not. */
  readonly journal?: string | undefined;
  readonly signal?: AbortSignal;
}

/** Everything that would make the restore fail or surprise, all at once. Nothing is written by it. */
export async function preflight(options: PreflightOptions): Promise<Finding[]> {
  const checks = [
    losses,
    undecided,
    untrusted,
    rootNamespace,
    versions,
    domains,
    unknownSubjects,
    sharedRegistry,
    retention,
    servedKinds,
    silentKinds,
    webhooks,
    writingRights,
    nameRights,
    leaseRights,
    names,
    namespaces,
    quotas,
    staging,
    writable,
    room,
    existingTags,
    unmappedImages,
    leftOutPackages,
  ];
  const findings = await Promise.all(checks.map(check => check(options)));
  return findings.flat();
}

/** @throws Refused with every finding, when one of them refuses. */
export function refuseIfNeeded(findings: readonly Finding[]): void {
  if (findings.some(({ severity }) => severity === 'refuse')) throw new Refused(findings);
}

function losses({ plan }: PreflightOptions): Finding[] {
  return plan.losses.map(({ subject, reason }) => ({
    code: 'backup-lacks',
    severity: 'warn',
    subject,
    text: `the backup lacks ${subject}: ${reason}`,
  }));
}

function undecided({ inventory }: PreflightOptions): Finding[] {
  return inventory.heldBack.map(({ subject, reason }) => ({
    code: 'left-out',
    severity: 'warn',
    subject,
    text: `${subject} is left out: ${reason}`,
  }));
}

function untrusted({ inventory, mapping, allowed }: PreflightOptions): Finding[] {
  return inventory.scrutiny.findings(mapping.images, allowed);
}

function rootNamespace({ plan, target }: PreflightOptions): Finding[] {
  const [from, to] = [plan.source.korifi?.rootNamespace, target.korifi?.rootNamespace];
  if (from === undefined || to === undefined || from === to) return [];
  const text = `the target's root namespace is ${to}, the backup's is ${from}`;
  const hint = `restore into a Korifi with the root namespace ${from}`;
  return [{ code: 'root-namespace', severity: 'refuse', subject: to, text, hint }];
}

function versions({ plan, target }: PreflightOptions): Finding[] {
  return compareKorifi(plan.source.korifi?.version, target.korifi?.version);
}

function sharedRegistry({ placements }: PreflightOptions): Finding[] {
  const shared = sharedImages(placements.placed);
  const [first] = shared;
  if (first === undefined) return [];
  const text =
    shared.length === 1
      ? "1 image stays where the source has it: it gets a tag of its own, so that neither side deletes the other's"
      : `${shared.length} images stay where the source has them: each gets a tag of its own, so that neither side deletes the other's`;
  const subject = first.target.registry;
  const hint = 'give the target a registry prefix of its own: --registry-map copies the images there';
  return [{ code: 'registry-shared', severity: 'warn', subject, text, hint }];
}

function domains({ mapping }: PreflightOptions): Finding[] {
  return mapping.domains.findings();
}

function retention({ plan, target }: PreflightOptions): Finding[] {
  return smallerLimits(plan.source.korifi, target.korifi).map(text => ({
    code: 'retention',
    severity: 'warn',
    text,
  }));
}

/** A kind that is not served may still come with a package that the archive installs; the installers may not. */
function servedKinds({ inventory, target }: PreflightOptions): Finding[] {
  const missing = [...inventory.kinds.keys()].filter(
    kind =>
      target.surface.find(kind.group, kind.kind, kind.versions) === undefined &&
      target.surface.silence(kind.group, kind.versions) === undefined,
  );
  const installs = [...inventory.kinds.keys()].some(isInstaller);
  const never = missing.filter(kind => !installs || isInstaller(kind) || kind.group.endsWith('.carvel.dev'));
  if (never.length === 0) return [];
  const names = never.map(({ kind }) => kind).join(', ');
  const hint = 'install Korifi (or kapp-controller and secretgen-controller) on the target first';
  const text = `the target does not serve ${names}`;
  return [{ code: 'kind-not-served', severity: 'refuse', subject: names, text, hint }];
}

/** An aggregated API whose server is down: what is to be made there would be lost, one object after the other. */
function silentKinds({ inventory, target }: PreflightOptions): Finding[] {
  const looked = [...inventory.kinds.keys()].flatMap(({ visibleFirst: rule }) => rule?.kind ?? []);
  const asked = looked.flatMap(({ group, kind }) => descriptorOf(group, kind) ?? []);
  const silent = [...new Set([...inventory.kinds.keys(), ...asked])].filter(
    kind => target.surface.silence(kind.group, kind.versions) !== undefined,
  );
  if (silent.length === 0) return [];
  const names = silent.map(({ kind }) => kind).join(', ');
  const [group] = silent.map(kind => kind.group);
  const text = `the target lists ${names}, but the server behind ${group} does not answer`;
  const hint = 'see whether it runs: kubectl get apiservices';
  return [{ code: 'kind-silent', severity: 'refuse', subject: names, text, hint }];
}

function isInstaller({ group, kind }: KindDescriptor): boolean {
  return INSTALLERS.some(installer => installer.group === group && installer.kind === kind);
}

/** Where Korifi comes with a package of the archive there is nothing to ask yet. */
async function webhooks({ target, inventory, cluster, signal }: PreflightOptions): Promise<Finding[]> {
  const { surface, korifi } = target;
  if (korifi === undefined) return [];
  const { rootNamespace } = korifi;
  const kinds = new Set([...inventory.kinds.keys()].map(({ kind }) => kind));
  return checkWebhooks({ cluster, surface, rootNamespace, kinds, signal });
}

function names({ target, ...options }: PreflightOptions): Promise<Finding[]> {
  return ifAllowed(takenNames({ ...options, surface: target.surface }));
}

function namespaces({ target, ...options }: PreflightOptions): Promise<Finding[]> {
  return ifAllowed(checkNamespaces({ ...options, surface: target.surface }));
}

function quotas({ target, ...options }: PreflightOptions): Promise<Finding[]> {
  return ifAllowed(checkQuotas({ ...options, surface: target.surface }));
}

function staging({ target, ...options }: PreflightOptions): Promise<Finding[]> {
  const { surface, korifi } = target;
  return ifAllowed(missingForStaging({ ...options, surface, rootNamespace: korifi?.rootNamespace }));
}

/** What may not be listed is not compared; that it may not be is another check's finding. */
function ifAllowed(check: Promise<Finding[]>): Promise<Finding[]> {
  return check.catch((error): Finding[] => {
    if (error instanceof Failure && error.code === 'forbidden') return [];
    throw error;
  });
}

function writable({ placements, registries, signal }: PreflightOptions): Promise<Finding[]> {
  return notWritable(targetRepositories(placements.placed), registries, signal);
}

/** For every step of an object, and every blob, manifest and tag: at most one write each, as good as always. */
async function room({ journal, inventory, placements, plan }: PreflightOptions): Promise<Finding[]> {
  if (journal === undefined) return [];
  const steps = inventory.waves.reduce((sum, { nodes }) => sum + nodes.length, 0);
  const pushes = placements.placed.reduce((sum, { tags }) => sum + 1 + tags.length, plan.layers.length);
  return journalRoom(journal, steps + pushes);
}

/** Asked here only where a tag would end the run: a registry that cannot be asked is another check's finding. */
async function existingTags({ placements, registries, ...options }: PreflightOptions): Promise<Finding[]> {
  if (options.existingTags !== 'fail') return [];
  const tags = await conflictingTags(placements.placed, registries, options.signal).catch(error => {
    if (error instanceof Failure) return [];
    throw error;
  });
  const hint = 'pass --on-existing-tag overwrite to move such tags, or keep to leave them';
  return tags.map(tag => ({
    code: 'tag-taken',
    severity: 'refuse',
    subject: tag,
    text: `${tag} is there already and names another image`,
    hint,
  }));
}

/** References that stay as they are: right when the target can still pull them, a trap across an air gap. */
async function unmappedImages({ placements, registries, signal }: PreflightOptions): Promise<Finding[]> {
  const gone = await mapLimit(placements.unmapped, RESOLVES_IN_FLIGHT, async ({ reference }) => {
    try {
      return (await registries.hasManifest(parseReference(reference), signal)) === undefined;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return true;
    }
  });
  const of = (isGone: boolean) => placements.unmapped.filter((_, index) => gone[index] === isGone);
  return [
    ...byRegistry(of(false)).map(
      ([registry, references]): Finding => ({
        code: 'image-not-mapped',
        severity: 'warn',
        subject: registry,
        text: `no --registry-map covers ${references}: left where the backup found it`,
      }),
    ),
    ...byRegistry(of(true)).map(
      ([registry, references]): Finding => ({
        code: 'image-gone',
        severity: 'refuse',
        subject: registry,
        text: `no --registry-map covers ${references}, and it cannot be had where the backup found it`,
        hint: `pass --registry-map ${registry}/=REGISTRY/, with the target's registry`,
      }),
    ),
  ];
}

function leftOutPackages({ placements, registries, signal }: PreflightOptions): Promise<Finding[]> {
  return packagesLeftOut(placements, registries, signal);
}

/** The images of each registry, in words. */
function byRegistry(images: Placements['unmapped']): [registry: string, references: string][] {
  const groups = Map.groupBy(images, ({ repository }) => repository.split('/')[0] ?? '');
  return [...groups].map(([registry, [first, ...others]]) => {
    const more = others.length === 0 ? '' : ` and ${others.length} more of ${registry}`;
    return [registry, `${first?.reference}${more}`];
  });
}
