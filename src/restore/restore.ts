import { checkImages } from '../archive/verify.ts';
import { Failure } from '../base/errors.ts';
import type { Finding } from '../base/findings.ts';
import type { KubeObject } from '../base/object.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { selectionFlags } from '../foundation/selection-flags.ts';
import type { Report } from '../progress/events.ts';
import type { RestoreResult, UsedMap } from '../progress/results/restore.ts';
import type { Registries } from '../registry/registry.ts';
import { applyObjects, bytesOf, carryOutTogether, pushImages } from './carry-out.ts';
import { planConfigMerge } from './carvel-config.ts';
import { lackingBase } from './checks/base.ts';
import { checkInstallation } from './checks/installation.ts';
import { preflight, refuseIfNeeded } from './checks/preflight.ts';
import { tryOnServer } from './checks/server-dry-run.ts';
import { type Conflict, findConflicts, type OnExisting } from './conflicts.ts';
import { existingIn } from './existing.ts';
import { layerTargets } from './images/placement.ts';
import type { ExistingTags } from './images/tags.ts';
import { usedMaps } from './mapping.ts';
import { findOrphanedNames, type OrphanedNames, orphanFindings } from './orphaned-names.ts';
import { type Prepared, type PrepareOptions, prepare } from './prepare.ts';
import { stepNames } from './run-waves.ts';
import type { WaitTimeouts } from './wait-timeouts.ts';

/** `archive` is read to its end, and not closed. */
export interface RestoreOptions extends PrepareOptions {
  /** What the archive may do that is refused otherwise, by name (scrutiny.ts). */
  readonly allowed: ReadonlySet<string>;
  /** What becomes of tags that are on the target and name other images. */
  readonly existingTags: ExistingTags;
  /** What becomes of objects that are there and differ. */
  readonly onExisting: OnExisting;
  /** What becomes of names that Korifi holds for objects which do not exist. */
  readonly orphanedNames: OrphanedNames;
  /** Begin waves while layers pass also where the archive's seal cannot be read beforehand: from a pipe. */
  readonly eager?: boolean | undefined;
  /** How long a wave waits for the objects of each kind, for a kind to be served, for a namespace to be there. */
  readonly waitTimeouts: WaitTimeouts;
  /** The journal, or the folder that it will be in, where there is to be one. */
  readonly journal?: string | undefined;
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
 *     Restore.run      seal       read before all else, where the archive is a file; of a pipe when it comes
 *                      images     layers go to the registry as they pass, large ones of a file from several places at
 *                                 once (push-layers.ts); an image's manifests and tags when all of
 *                                 its layers are there; from a pipe when the seal has been checked
 *                      resources  wave by wave, waiting between waves for exactly what the next one needs. A wave
 *                                 begins when the images that its objects name are in the registry, be it that later
 *                                 layers still pass; from a pipe, unless eager, when all have passed
 *
 * Until the seal is checked nothing is written to the cluster: an archive that turns out to be cut short leaves blobs
 * in the registry and no more. No object is made before every byte of its images has been checked and is in the
 * registry; a layer that turns out to be damaged ends the run, and the journal has what was made by then. Every step
 * looks before it writes, so a restore that ended in the middle is simply run again. A failure of one object, and an
 * image that a registry refuses for what it is, are losses, and the others go on; losing the archive, the registry or
 * the API server ends the run.
 *
 * @throws Failure `refused` when a finding forbids the restore; nothing was written then.
 */
export async function prepareRestore(options: RestoreOptions): Promise<Restore> {
  const restore = await examineRestore(options);
  refuseIfNeeded(restore.review.findings);
  return restore;
}

/** The same without a refusal, for whoever shows the findings: what they forbid is not to be run. */
export async function examineRestore(options: RestoreOptions): Promise<Restore> {
  // What is no whole archive, as far as that is known yet, is told before anybody is asked anything.
  checkImages(options.archive.head);
  await options.archive.sealAhead();
  const prepared = await prepare(options);
  options.report({ type: 'phase', phase: 'preflight' });
  const config = await planConfigMerge(prepared, options.cluster, options.signal);
  const orphans = await orphansOf(options, prepared);
  const findings = [
    ...(await check(options, prepared)),
    ...config.findings,
    ...(await orphanFindings(orphans, prepared, options.orphanedNames)),
  ];
  return new Restore(options, { ...prepared, findings, configMerge: config.merge, orphans });
}

/** Who may not look keeps what there is; where names are not held there are none. */
async function orphansOf({ cluster, signal }: RestoreOptions, { target }: Prepared): Promise<KubeObject[]> {
  if (target.korifi === undefined) return [];
  return findOrphanedNames({ cluster, surface: target.surface, signal }).catch(error => {
    if (error instanceof Failure && error.code === 'forbidden') return [];
    throw error;
  });
}

async function check(options: RestoreOptions, prepared: Prepared): Promise<Finding[]> {
  const { archive, cluster, registries, existingTags, onExisting, allowed, journal, signal } = options;
  const findings = await preflight({
    plan: archive.head.plan,
    ...prepared,
    ...{ cluster, registries, existingTags, onExisting, allowed, journal },
    ...(signal && { signal }),
  });
  findings.push(...lackingBase(archive, prepared.placements.placed), ...prepared.rewritten);
  findings.push(...(await checkInstallation(prepared, options)));
  if (options.onExisting !== 'fail') return findings;
  const conflicts = await findConflicts(prepared, cluster, signal);
  return [...findings, ...conflicts.map(differs)];
}

function differs({ subject, fields }: Conflict): Finding {
  const text = `${subject} is there already, and differs in ${fields.map(({ path }) => path).join(', ')}`;
  const hint =
    'pass --on-existing skip to leave such objects as they are, or update to make them as in the archive';
  return { code: 'object-differs', severity: 'refuse', subject, text, hint };
}

/** What is prepared and was found good enough. */
interface Checked extends Prepared {
  readonly findings: readonly Finding[];
  readonly orphans: readonly KubeObject[];
}

/** A restore that may go ahead. */
export class Restore {
  readonly review: Review;
  readonly #options: RestoreOptions;
  readonly #prepared: Checked;

  constructor(options: RestoreOptions, prepared: Checked) {
    this.#options = options;
    this.#prepared = prepared;
    this.review = reviewOf(options, prepared);
  }

  /** What a dry run tells: the waves and the findings, with nothing done. */
  dryRun(): Omit<RestoreResult, 'seconds'> {
    const images = { moved: 0, present: 0, mounted: 0, bytes: 0 };
    return { ...this.#result(true), objects: {}, images };
  }

  /** The same, with every object sent as a server-side dry run; what the server would refuse is among the losses. */
  async dryRunOnServer(signal?: AbortSignal): Promise<Omit<RestoreResult, 'seconds'>> {
    const { inventory, store, mapping, target } = this.#prepared;
    const { surface } = target;
    const { cluster } = this;
    const tried = await tryOnServer({ inventory, store, mapping, cluster, surface, signal });
    const { accepted, present, untried, refused } = tried;
    const dry = this.dryRun();
    const note = `the API server would take ${accepted} objects; ${present} are there already; ${untried} cannot be tried before what they need is there`;
    return { ...dry, notes: [...dry.notes, note], losses: [...dry.losses, ...refused] };
  }

  /** Of each wave, how many of its objects the target has already. */
  existing(): Promise<number[]> {
    const { cluster, signal } = this.#options;
    const { inventory, target } = this.#prepared;
    const at = { cluster, surface: target.surface, ...(signal && { signal }) };
    return existingIn(inventory.waves, inventory.kinds.keys(), at);
  }

  /** Objects that are there and differ; reads only. */
  conflicts(signal?: AbortSignal): Promise<Conflict[]> {
    return findConflicts(this.#prepared, this.cluster, signal);
  }

  /** The same restore with another answer to what becomes of those. */
  withExisting(onExisting: OnExisting): Restore {
    return new Restore({ ...this.#options, onExisting }, this.#prepared);
  }

  /** How many names Korifi holds for objects that do not exist. */
  get orphans(): number {
    return this.#prepared.orphans.length;
  }

  /** The same restore that lets go of them first. */
  withoutOrphans(): Restore {
    return new Restore({ ...this.#options, orphanedNames: 'remove' }, this.#prepared);
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
    if (signal !== undefined) options.archive.stopAt(signal);
    const early = options.eager || (await options.archive.sealAhead());
    const [{ drift, losses }, done] = early
      ? await carryOutTogether(options, this.#prepared, images)
      : [await pushImages(options, this.#prepared, images), await applyObjects(options, this.#prepared)];
    report({ type: 'phase', phase: 'finish' });
    const base = this.#result(false);
    return { ...base, ...done, images, drift, losses: [...base.losses, ...losses, ...done.losses] };
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

function reviewOf(
  { cluster, archive }: RestoreOptions,
  { inventory, placements, mapping, findings }: Checked,
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
