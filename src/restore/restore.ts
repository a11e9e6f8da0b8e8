import type { PlannedLayer, Selection } from '../archive/plan.ts';
import type { ArchiveReader } from '../archive/reader.ts';
import type { SecretOpener } from '../archive/secrets.ts';
import type { Finding } from '../base/findings.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { crossing } from '../foundation/conversions/conversions.ts';
import type { MapRule } from '../foundation/image-map.ts';
import { selectionFlags } from '../foundation/selection-flags.ts';
import type { Report } from '../progress/events.ts';
import type { RestoreResult, UsedMap } from '../progress/results.ts';
import type { Registries } from '../registry/registry.ts';
import { Applier } from './apply.ts';
import { type DomainRule, Domains } from './domains.ts';
import { type Inventory, takeInventory } from './inventory.ts';
import { Kinds } from './kinds.ts';
import type { Login } from './logins.ts';
import { movesBetween, usedMaps } from './mapping.ts';
import { Namespaces } from './namespaces.ts';
import { Owners } from './owners.ts';
import { layerTargets, type Placements, placeImages } from './placement.ts';
import { preflight, refuseIfNeeded } from './preflight.ts';
import { pushLayers, surveyLayers } from './push-layers.ts';
import { pushManifests } from './push-manifests.ts';
import { runWaves, stepNames } from './run-waves.ts';
import { choosePart, type Part } from './selection.ts';
import { ObjectStore } from './store.ts';
import type { ExistingTags } from './tags.ts';
import { surveyTarget, type Target } from './target.ts';
import type { Mapping } from './transform.ts';
import type { WaitTimeouts } from './wait-timeouts.ts';

export interface RestoreOptions {
  readonly cluster: Cluster;
  readonly registries: Registries;
  /** Opened, with its head read; it is read to its end, and not closed. */
  readonly archive: ArchiveReader;
  /** Undefined when the archive's secrets are in plain text. */
  readonly opener: SecretOpener | undefined;
  /** Undefined restores all that the archive holds. */
  readonly selection: Selection | undefined;
  /** Rules that a person gave; they go before those found in both sides' configuration. */
  readonly imageRules: readonly MapRule[];
  /** Which domain of the target a domain of the source is; the default domains of both are found. */
  readonly domainRules: readonly DomainRule[];
  /** What the archive may do that is refused otherwise, by name (scrutiny.ts). */
  readonly allowed: ReadonlySet<string>;
  /** What becomes of tags that are on the target and name other images. */
  readonly existingTags: ExistingTags;
  /** How long a wave waits for the objects of each kind, for a kind to be served, for a namespace to be there. */
  readonly waitTimeouts: WaitTimeouts;
  /** Apps that ran at the source are started at the end; without it they stay stopped. */
  readonly start: boolean;
  /** Told of every registry login in the archive and in the target (a dockerconfigjson document). */
  readonly onPullSecret: (dockerConfig: string) => void;
  /** The login with which this run itself would come to a registry. */
  readonly loginAt: (registry: string) => Promise<Login | undefined>;
  readonly report: Report;
  readonly signal?: AbortSignal;
}

/** What a restore is about to do. */
export interface Review {
  readonly context: string;
  readonly objects: number;
  readonly images: number;
  /** Bytes of layers that will be pushed. */
  readonly bytes: number;
  readonly waves: RestoreResult['waves'];
  readonly maps: readonly UsedMap[];
  readonly findings: readonly Finding[];
}

/**
 * One archive into a foundation, in one forward pass, in two parts with a person's yes between them.
 *
 *     prepareRestore   read       the head: plan, objects (secrets are decrypted now, so that a wrong key shows)
 *                      preflight  the target, the rights, the registry, what has no place: all findings at once
 *     Restore.run      images     layers go to the registry as they pass; then the seal is checked; then
 *                                 manifests and tags
 *                      resources  wave by wave, waiting between waves for exactly what the next one needs
 *
 * Until the seal is checked nothing is written to the cluster: an archive that turns out to be cut short or damaged
 * leaves blobs in the registry and no more. Every step looks before it writes, so a restore that ended in the middle
 * is simply run again. A failure of one object is a loss and the others go on; losing the archive, the registry or
 * the API server ends the run.
 *
 * @throws Failure `refused` when a finding forbids the restore; nothing was written then.
 */
export async function prepareRestore(options: RestoreOptions): Promise<Restore> {
  const prepared = await prepare(options);
  refuseIfNeeded(prepared.findings);
  return new Restore(options, prepared);
}

/** A restore that may go ahead. */
export class Restore {
  readonly review: Review;
  readonly #options: RestoreOptions;
  readonly #prepared: Prepared;

  constructor(options: RestoreOptions, prepared: Prepared) {
    this.#options = options;
    this.#prepared = prepared;
    this.review = reviewOf(options, prepared);
  }

  /** What a dry run tells: the waves and the findings, with nothing done. */
  dryRun(): Omit<RestoreResult, 'seconds'> {
    const images = { moved: 0, present: 0, mounted: 0, bytes: 0 };
    return { ...this.#result(true), objects: {}, images };
  }

  get cluster(): Cluster {
    return this.#options.cluster;
  }

  get registries(): Registries {
    return this.#options.registries;
  }

  /**
   * @param through the same cluster and registries, where what is written through them is noted
   * @throws Failure when archive, registry or API server give out.
   */
  async run(
    report: Report,
    signal?: AbortSignal,
    { cluster = this.cluster, registries = this.registries }: Partial<Through> = {},
  ): Promise<Omit<RestoreResult, 'seconds'>> {
    const options = { ...this.#options, cluster, registries, report, ...(signal && { signal }) };
    const images = { moved: 0, present: 0, mounted: 0, bytes: 0 };
    await pushImages(options, this.#prepared, images);
    const done = await applyObjects(options, this.#prepared);
    report({ type: 'phase', phase: 'finish' });
    const base = this.#result(false);
    return { ...base, ...done, images, losses: [...base.losses, ...done.losses] };
  }

  #result(dryRun: boolean) {
    const { cluster, archive, selection } = this.#options;
    const { part } = this.#prepared;
    return {
      context: cluster.context,
      dryRun,
      waves: this.review.waves,
      maps: [...this.review.maps],
      differs: [],
      grants: this.#prepared.inventory.scrutiny.grants.list(),
      ...(selection && { selection: { flags: selectionFlags(selection), leftOut: part.leftOut } }),
      losses: archive.head.plan.losses,
      findings: this.review.findings,
      notes: this.review.findings.map(({ text }) => text),
    };
  }
}

/** What a restore writes to. */
interface Through {
  readonly cluster: Cluster;
  readonly registries: Registries | undefined;
}

interface Prepared {
  readonly part: Part;
  readonly store: ObjectStore;
  readonly inventory: Inventory;
  readonly target: Target;
  readonly mapping: Mapping;
  readonly placements: Placements;
  readonly findings: readonly Finding[];
}

async function prepare(options: RestoreOptions): Promise<Prepared> {
  const { archive, opener, cluster, registries, imageRules, report, signal } = options;
  const { head } = archive;
  report({ type: 'phase', phase: 'read' });
  const store = new ObjectStore(head, opener);
  const target = await surveyTarget(cluster, signal);
  const { korifi } = head.plan.source;
  const crossed = crossing(korifi?.version, target.korifi?.version);
  const part = await choosePart(store, korifi, options.selection);
  const domains = new Domains({ source: korifi, target: target.korifi, rules: options.domainRules });
  const inventory = await takeInventory(store, {
    plan: head.plan,
    crossing: crossed,
    domains,
    start: options.start,
    part,
  });
  for (const login of [...inventory.pullSecrets, ...target.logins]) options.onPullSecret(login);
  for (const { pem, from } of target.authorities) {
    if (registries.trust(pem)) continue;
    report({ type: 'note', text: `the certificate authority in ${from} cannot be read, and is not used` });
  }
  report({ type: 'phase', phase: 'preflight' });
  const moves = await movesBetween(korifi, target.korifi, imageRules, options.loginAt);
  const { valuesSecrets, serviceCredentials } = inventory;
  const mapping = { ...moves, valuesSecrets, serviceCredentials, crossing: crossed, domains };
  const placements = placeImages(head, mapping.images, part.wants);
  const findings = await preflight({
    plan: head.plan,
    inventory,
    target,
    placements,
    cluster,
    registries,
    existingTags: options.existingTags,
    mapping,
    allowed: options.allowed,
    ...(signal && { signal }),
  });
  return { part, store, inventory, target, mapping, placements, findings };
}

async function pushImages(
  { archive, registries, existingTags, report, signal }: RestoreOptions,
  { placements, inventory }: Prepared,
  images: RestoreResult['images'],
): Promise<void> {
  report({ type: 'phase', phase: 'images' });
  const work = await surveyLayers(layerTargets(archive.head, placements.placed), registries, signal);
  const layers = archive.head.plan.layers.filter(({ digest }) => work.has(digest));
  report({
    type: 'planned',
    bytes: bytesOf(layers),
    blobs: layers.length,
    objects: inventory.objects,
    images: placements.placed.length,
    waves: inventory.waves.length,
  });
  const counted: Report = event => {
    if (event.type === 'blob-done') images[event.how]++;
    if (event.type === 'blob-done' && event.how === 'moved') images.bytes += event.bytes;
    report(event);
  };
  await pushLayers(archive.layers(), work, registries, counted, signal);
  await archive.finish();
  await pushManifests(placements.placed, {
    archive: archive.head,
    registries,
    existingTags,
    report,
    ...(signal && { signal }),
  });
}

async function applyObjects(options: RestoreOptions, { store, inventory, target, mapping }: Prepared) {
  const { cluster, registries, report, waitTimeouts, signal } = options;
  report({ type: 'phase', phase: 'resources' });
  const kinds = new Kinds(cluster, target.surface, report, waitTimeouts);
  const namespaces = new Namespaces(cluster, report, waitTimeouts);
  const owners = new Owners(cluster);
  const parts = { cluster, store, mapping, kinds, namespaces, owners, ...(signal && { signal }) };
  const applier = new Applier(parts);
  return runWaves(inventory.waves, {
    cluster,
    store,
    applier,
    owners,
    flow: registries.flow,
    report,
    waitTimeouts,
    ...(signal && { signal }),
  });
}

function reviewOf(
  { cluster, archive }: RestoreOptions,
  { inventory, placements, mapping, findings }: Prepared,
): Review {
  const targets = layerTargets(archive.head, placements.placed);
  return {
    context: cluster.context,
    objects: inventory.objects,
    images: placements.placed.filter(({ rank }) => rank === 0).length,
    bytes: bytesOf(archive.head.plan.layers.filter(({ digest }) => targets.has(digest))),
    waves: inventory.waves.map(wave => ({ kinds: stepNames(wave), objects: wave.nodes.length })),
    maps: usedMaps(mapping),
    findings,
  };
}

function bytesOf(layers: readonly PlannedLayer[]): number {
  return layers.reduce((sum, { size }) => sum + size, 0);
}
