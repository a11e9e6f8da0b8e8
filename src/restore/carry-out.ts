import type { PlannedLayer } from '../archive/plan.ts';
import type { Seal } from '../archive/seal.ts';
import type { Digest } from '../base/digest.ts';
import type { Loss } from '../base/losses.ts';
import type { Report } from '../progress/events.ts';
import type { RestoreResult } from '../progress/results/restore.ts';
import { Applier } from './apply.ts';
import { mergeConfig } from './carvel-config.ts';
import { ImageGate } from './images/image-gate.ts';
import { ImagePusher } from './images/image-pusher.ts';
import { layerTargets, type Placement } from './images/placement.ts';
import { pushLayers, surveyLayers } from './images/push-layers.ts';
import { Kinds } from './kinds.ts';
import { Namespaces } from './namespaces.ts';
import { removeOrphanedNames } from './orphaned-names.ts';
import { Owners } from './owners.ts';
import type { Prepared } from './prepare.ts';
import { Presence } from './presence.ts';
import type { RestoreOptions } from './restore.ts';
import { runWaves } from './run-waves.ts';

/** Images and waves side by side. Whichever fails first ends the other, and the run. */
export async function carryOutTogether(
  options: RestoreOptions,
  prepared: Prepared,
  images: RestoreResult['images'],
) {
  const { archive, report } = options;
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(options.signal ? [options.signal] : [])]);
  const pusher = pusherFor({ ...options, signal });
  const gate = new ImageGate({
    archive: archive.head,
    placements: prepared.placements.placed,
    waves: prepared.inventory.waves,
    push: placement => pusher.push(placement),
    finishBundle: placement => pusher.finishBundle(placement),
    report,
  });
  const halt = (error: unknown): never => {
    gate.fail(error);
    stop.abort(error);
    throw error;
  };
  const work = [
    pushImages({ ...options, signal }, prepared, images, { pusher, gate }).catch(halt),
    applyObjects({ ...options, signal }, prepared, gate).catch(halt),
  ] as const;
  await Promise.allSettled(work);
  stop.signal.throwIfAborted();
  return Promise.all(work);
}

/**
 * @param gate told of every layer that is in place; it has the manifests pushed then, but for attached ones
 * @returns what has changed during the backup, and which images the registries would not take
 */
export async function pushImages(
  options: RestoreOptions,
  { placements, inventory }: Prepared,
  images: RestoreResult['images'],
  { pusher = pusherFor(options), gate }: { pusher?: ImagePusher; gate?: ImageGate } = {},
): Promise<Pick<Seal, 'drift'> & { losses: Loss[] }> {
  const { archive, registries, report, signal } = options;
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
    if (event.type === 'blob-done') gate?.passed(event.digest as Digest);
    report(event);
  };
  gate?.begin();
  await pushLayers(archive.layers(), work, registries, counted, signal);
  const seal = await archive.finish();
  await gate?.done();
  await pusher.pushAll(gate === undefined ? placements.placed : placements.placed.filter(isAttached));
  if (gate !== undefined) report({ type: 'phase', phase: 'resources' });
  return { drift: seal.drift, losses: pusher.losses };
}

function pusherFor({ archive, registries, existingTags, report, signal }: RestoreOptions): ImagePusher {
  return new ImagePusher({
    archive: archive.head,
    ...{ registries, existingTags, report },
    ...(signal && { signal }),
  });
}

function isAttached({ rank }: Placement): boolean {
  return rank > 0;
}

export async function applyObjects(
  options: RestoreOptions,
  { store, inventory, target, mapping, configMerge, orphans = [] }: Prepared,
  gate?: ImageGate,
) {
  const { cluster, registries, report, waitTimeouts, signal } = options;
  if (gate === undefined) report({ type: 'phase', phase: 'resources' });
  const kinds = new Kinds(cluster, target.surface, report, waitTimeouts);
  const namespaces = new Namespaces(cluster, report, waitTimeouts);
  const owners = new Owners(cluster, store.names);
  const presence = new Presence(cluster, signal);
  const { onExisting } = options;
  const rootNamespace = (target.korifi ?? options.archive.head.plan.source.korifi)?.rootNamespace;
  const parts = {
    rehearsed: options.rehearsed,
    rootNamespace,
    cluster,
    store,
    mapping,
    kinds,
    namespaces,
    owners,
    presence,
    waitTimeouts,
    report,
    onExisting,
    ...(signal && { signal }),
  };
  const applier = new Applier(parts);
  if (options.orphanedNames === 'remove' && orphans.length > 0) {
    const { surface } = target;
    const released = await removeOrphanedNames(orphans, { cluster, surface, signal });
    report({ type: 'note', text: `${released} names that Korifi held for nobody were let go of` });
  }
  const losses = configMerge ? await mergeConfig(cluster, target.surface, configMerge) : [];
  const done = await runWaves(inventory.waves, {
    cluster,
    store,
    applier,
    owners,
    presence,
    flow: registries.flow,
    report,
    waitTimeouts,
    before: gate && (wave => gate.wave(wave)),
    ...(signal && { signal }),
  });
  return { ...done, losses: [...losses, ...done.losses] };
}

export function bytesOf(layers: readonly PlannedLayer[]): number {
  return layers.reduce((sum, { size }) => sum + size, 0);
}
