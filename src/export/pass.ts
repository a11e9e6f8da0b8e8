import type { BlobStore } from '../archive/blob-spool.ts';
import type { ResourceBlob } from '../archive/plan.ts';
import { ResourceChunker } from '../archive/resources.ts';
import type { SecretSealer } from '../archive/secrets.ts';
import { idOf, type KubeObject } from '../base/object.ts';
import type { ApiResource } from '../cluster/cluster.ts';
import { classify } from '../foundation/classify.ts';
import type { FoundationFacts, KindDescriptor } from '../foundation/descriptor.ts';
import { referencesOf } from '../foundation/references.ts';
import type { Selected } from '../foundation/selection.ts';
import type { SelectionGraph } from '../foundation/selection-graph.ts';
import { forArchive } from '../foundation/strip.ts';
import { Wanted } from '../foundation/wanted.ts';

/** Where the kept objects of one kind go. */
interface Shelf {
  add(object: KubeObject): void;
  /** The list began anew. */
  discard(): void;
  finish(): Promise<ResourceBlob[]>;
}

/** One going through the lists: which kinds, which objects of them, and where these go. */
export interface Pass {
  readonly lists: (descriptor: KindDescriptor) => boolean;
  /** Every object of a listed kind is shown to this once. */
  readonly keeps: (descriptor: KindDescriptor, object: KubeObject) => boolean;
  readonly shelf: (descriptor: KindDescriptor, resource: ApiResource) => Shelf;
}

/** Where resource blobs go, and what seals those of secrets first. */
export interface Packing {
  readonly store: BlobStore;
  /** Without one, secrets are kept in plain text. */
  readonly sealer: SecretSealer | undefined;
}

/** Takes all that is state into the archive. */
export function takeAll(facts: FoundationFacts, packing: Packing): Pass {
  return { lists: () => true, keeps: isState(facts), shelf: packInto(packing) };
}

/** Looks at the same objects and takes none: only how they hang together is noted. */
export function look(facts: FoundationFacts, graph: SelectionGraph): Pass {
  return {
    lists: () => true,
    keeps: isState(facts),
    shelf: descriptor => ({
      add: object => graph.add(descriptor, object, idOf(object), referencesOf(descriptor, object, facts)),
      discard: () => undefined,
      finish: async () => [],
    }),
  };
}

/** Takes what was selected. Kinds of which nothing was are not listed, but those that could not be looked at are. */
export function takeSelected(
  { has, taken }: Selected,
  graph: SelectionGraph,
  unseen: (descriptor: KindDescriptor) => boolean,
  packing: Packing,
): Pass {
  const kinds = new Set(
    graph.nodes.flatMap(node => (node !== undefined && taken[node.number] === 1 ? [node.descriptor] : [])),
  );
  return {
    lists: descriptor => kinds.has(descriptor) || unseen(descriptor),
    keeps: (_, object) => has(idOf(object)),
    shelf: packInto(packing),
  };
}

function packInto({ store, sealer }: Packing): Pass['shelf'] {
  return (descriptor, resource) => {
    const keep = store.put.bind(store);
    const chunker = new ResourceChunker(resource, keep, descriptor.secret ? sealer : undefined);
    return {
      add: object => chunker.add(forArchive(object)),
      discard: () => chunker.discard(),
      finish: () => chunker.finish(),
    };
  };
}

function isState(facts: FoundationFacts): Pass['keeps'] {
  const wanted = new Wanted(facts);
  return (descriptor, object) => {
    const classification = classify(descriptor, object, facts);
    if (classification.role !== 'truth') return false;
    const id = idOf(object);
    if (!classification.unasked && !wanted.includes(descriptor, object, id)) return false;
    wanted.keep(descriptor, object, id);
    return true;
  };
}
