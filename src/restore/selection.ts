import type { KorifiFacts, PlannedImage, Selection } from '../archive/plan.ts';
import { idOf, type ObjectId, showId } from '../base/object.ts';
import { referencesOf } from '../foundation/references.ts';
import { Selector } from '../foundation/selection.ts';
import { SelectionGraph } from '../foundation/selection-graph.ts';
import type { ObjectStore } from './store.ts';

/** Which part of an archive is restored. */
export interface Part {
  readonly has: (id: ObjectId) => boolean;
  /** Of an image that objects name themselves; what belongs to it goes with it. */
  readonly wants: (image: PlannedImage) => boolean;
  /** What something in the part names and is in the archive, but not in the part. */
  readonly leftOut: readonly { readonly subject: string; readonly usedBy: readonly string[] }[];
}

const ALL: Part = { has: () => true, wants: () => true, leftOut: [] };

/**
 * The part of an archive that a selection comes to. Without one nothing is read for it.
 * @throws Failure `usage` for names that nothing has, and for a selection of nothing.
 */
export async function choosePart(
  store: ObjectStore,
  korifi: KorifiFacts | undefined,
  selection: Selection | undefined,
  options: { readonly tasks: boolean },
): Promise<Part> {
  if (selection === undefined) return ALL;
  const graph = await surveyObjects(store, korifi, options);
  const { has, taken, leftOut } = new Selector(graph).select(selection);
  const users = new Set(
    graph.nodes.flatMap(node => (node?.descriptor.images && taken[node.number] === 1 ? showId(node.id) : [])),
  );
  const withImages = selection.images !== false;
  return { has, leftOut, wants: ({ usedBy }) => withImages && usedBy.some(user => users.has(user)) };
}

/**
 * How an archive's objects hang together, for choosing among them: without tasks, which mostly stay in it, unless told
 * otherwise. Secrets are decrypted on the way.
 */
export async function surveyObjects(
  store: ObjectStore,
  korifi: KorifiFacts | undefined,
  { tasks = false } = {},
): Promise<SelectionGraph> {
  const facts = korifi === undefined ? {} : { registrySecretNames: korifi.containerRegistrySecretNames };
  const graph = new SelectionGraph();
  for await (const { descriptor, object } of store.all()) {
    if (descriptor.onDemand === 'tasks' && !tasks) continue;
    graph.add(descriptor, object, idOf(object), referencesOf(descriptor, object, facts));
  }
  return graph;
}
