import type { Selection } from '../archive/plan.ts';
import { forEachLimit } from '../base/concurrency.ts';
import { LIST_STREAMS, RESOLVES_IN_FLIGHT } from '../base/limits.ts';
import { type KubeObject, keyOf, type ObjectId, showId } from '../base/object.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { CATALOG } from '../foundation/catalog.ts';
import { classify, heldBack } from '../foundation/classify.ts';
import type { FoundationFacts, KindDescriptor } from '../foundation/descriptor.ts';
import { controllerApp } from '../foundation/kapp.ts';
import { listingStages } from '../foundation/listing-stages.ts';
import { texts } from '../foundation/path.ts';
import { referencesOf } from '../foundation/references.ts';
import { Selector } from '../foundation/selection.ts';
import { SelectionGraph } from '../foundation/selection-graph.ts';
import { Wanted } from '../foundation/wanted.ts';
import type { WaveNode } from '../foundation/waves.ts';
import type { DiffResult, NamedObject } from '../progress/results/foundation.ts';
import { parseReference, showReference } from '../registry/reference.ts';
import { idIn, objectsByKind } from './conflicts.ts';
import { finalDifferences } from './final.ts';
import { type Prepared, type PrepareOptions, prepare } from './prepare.ts';

/**
 * An archive against a live foundation: what a restore would make, what only the cluster has, what differs.
 *
 *     prepare  as a restore does: maps, conversions, what is left out
 *     list     every kind of the catalog, once, in pages; an object that the archive has is compared with what a restore
 *              would come to in the end, one that it has not is extra, if an export would take it
 *     look     for every image at its place
 *
 * Nothing is written. What a restore leaves out (a build that was under way, a managed service) is neither missing nor
 * extra. A part of the foundation is compared with the same part of the cluster: one selection applies to both.
 */
export async function diffArchive(options: PrepareOptions): Promise<Omit<DiffResult, 'file' | 'seconds'>> {
  const prepared = await prepare(options);
  const { cluster, report, signal } = options;
  const facts = await factsOf(cluster, prepared, signal);
  const diff = new Diff(options, prepared, facts);
  report({ type: 'phase', phase: 'list' });
  for (const stage of listingStages(CATALOG)) {
    await forEachLimit(stage, LIST_STREAMS, descriptor => diff.list(descriptor));
  }
  report({ type: 'phase', phase: 'resolve' });
  const images = await missingImages(options, prepared);
  report({ type: 'phase', phase: 'finish' });
  return { context: cluster.context, ...(await diff.result()), images };
}

/** kapp's records say which objects the installation itself makes. */
async function factsOf(
  cluster: Cluster,
  { target }: Prepared,
  signal?: AbortSignal,
): Promise<FoundationFacts> {
  const names = target.korifi?.containerRegistrySecretNames;
  const controllerApps = new Set<string>();
  const resource = target.surface.find('', 'ConfigMap', ['v1']);
  if (resource !== undefined) {
    for await (const page of cluster.list(resource, signal && { signal })) {
      for (const object of page) {
        const app = controllerApp(object);
        if (app !== undefined) controllerApps.add(app);
      }
    }
  }
  return { controllerApps, ...(names && { registrySecretNames: names }) };
}

class Diff {
  readonly #options: PrepareOptions;
  readonly #prepared: Prepared;
  readonly #facts: FoundationFacts;
  /** Of the archive, what has not been seen in the cluster. */
  readonly #left = new Map<KindDescriptor, Map<string, WaveNode>>();
  readonly #wanted: Wanted;
  readonly #graph = new SelectionGraph();
  readonly #extra: { readonly id: ObjectId; readonly object: NamedObject }[] = [];
  readonly #different: DiffResult['different'] = [];
  #same = 0;

  constructor(options: PrepareOptions, prepared: Prepared, facts: FoundationFacts) {
    this.#options = options;
    this.#prepared = prepared;
    this.#facts = facts;
    this.#wanted = new Wanted(facts);
    for (const [descriptor, nodes] of objectsByKind(prepared.inventory.waves)) {
      this.#left.set(descriptor, new Map(nodes.map(node => [keyOf(node.id), node])));
    }
  }

  async list(descriptor: KindDescriptor): Promise<void> {
    const { cluster, report, signal, tasks = false } = this.#options;
    const { group, kind, versions, fieldSelector } = descriptor;
    const resource = this.#prepared.target.surface.find(group, kind, versions);
    if (resource === undefined || (descriptor.onDemand === 'tasks' && !tasks)) return;
    const left = this.#left.get(descriptor);
    let objects = 0;
    const narrowed = { ...(fieldSelector && { fieldSelector }), ...(signal && { signal }) };
    for await (const page of cluster.list(resource, narrowed)) {
      for (const live of page) {
        const id = idIn(resource, live);
        const isState = this.#keeps(descriptor, live, id);
        const node = left?.get(keyOf(id));
        if (node !== undefined) await this.#compare(node, live);
        else if (isState && !this.#prepared.store.has(id)) this.#extra.push({ id, object: named(id, live) });
        left?.delete(keyOf(id));
      }
      objects += page.length;
      report({ type: 'listed', kind, objects, done: false });
    }
    report({ type: 'listed', kind, objects, done: true });
  }

  /** Whether an export of this cluster would take it. */
  #keeps(descriptor: KindDescriptor, live: KubeObject, id: ObjectId): boolean {
    const classification = classify(descriptor, live, this.#facts);
    if (classification.role !== 'truth' || heldBack(descriptor, live) !== undefined) return false;
    if (!classification.unasked && !this.#wanted.includes(descriptor, live, id)) return false;
    this.#wanted.keep(descriptor, live, id);
    if (this.#selections().length > 0) {
      this.#graph.add(descriptor, live, id, referencesOf(descriptor, live, this.#facts));
    }
    return true;
  }

  async #compare({ id, descriptor }: WaveNode, live: KubeObject): Promise<void> {
    const { store, mapping } = this.#prepared;
    const { start } = this.#options;
    const fields = finalDifferences(descriptor, await store.get(id), live, { id, mapping, start });
    if (fields.length > 0) this.#different.push({ ...named(id, live), fields });
    else this.#same++;
  }

  /** The archive's own, and the one that was given now. */
  #selections(): Selection[] {
    const { archive, selection } = this.#options;
    return [archive.head.plan.selection, selection].filter(one => one !== undefined);
  }

  async result(): Promise<Pick<DiffResult, 'missing' | 'extra' | 'different' | 'same' | 'leftOut'>> {
    const inScope = this.#selections().map(selection => new Selector(this.#graph).within(selection));
    const extra = this.#extra.filter(({ id }) => inScope.every(has => has(id)));
    const missing: NamedObject[] = [];
    for (const { id } of [...this.#left.values()].flatMap(nodes => [...nodes.values()])) {
      missing.push(named(id, await this.#prepared.store.get(id)));
    }
    return {
      missing: missing.sort(bySubject),
      extra: extra.map(({ object }) => object).sort(bySubject),
      different: this.#different.sort(bySubject),
      same: this.#same,
      leftOut: [...this.#prepared.inventory.heldBack],
    };
  }
}

function named(id: ObjectId, object: KubeObject): NamedObject {
  const [name] = texts(object, 'spec.displayName');
  return { subject: showId(id), ...(name !== undefined && { name }) };
}

function bySubject(a: NamedObject, b: NamedObject): number {
  return a.subject < b.subject ? -1 : 1;
}

/** Images of the archive that are not where a restore would put them; those without a place, not where they were. */
async function missingImages(
  { registries, signal }: PrepareOptions,
  { placements }: Prepared,
): Promise<DiffResult['images']> {
  const looked = [
    ...placements.placed.map(({ image, target }) => ({ image, at: { ...target, digest: image.digest } })),
    ...placements.unmapped.map(image => ({
      image,
      at: { ...parseReference(image.repository), digest: image.digest },
    })),
  ];
  const missing: DiffResult['images'] = [];
  await forEachLimit(looked, RESOLVES_IN_FLIGHT, async ({ image, at }) => {
    if ((await registries.hasManifest(at, signal)) !== undefined) return;
    missing.push({ reference: image.reference, at: showReference(at) });
  });
  return missing.sort((a, b) => (a.at < b.at ? -1 : 1));
}
