import { showId } from '../base/object.ts';
import type { SelectionGraph } from './selection-graph.ts';

/** What a choice needs to know of one image of an archive. */
interface ImageFacts {
  /** Objects that name it, `Kind namespace/name`. */
  readonly users: readonly string[];
  /** By number, the images that come with it: itself, and those that it is a bundle of. */
  readonly holds: readonly number[];
  /** Its layers, those of all that belongs to it included, by number. */
  readonly layers: readonly number[];
}

/** The images of an archive, and the bytes of its layers by number. */
export interface ImagesFacts {
  readonly images: readonly ImageFacts[];
  readonly layerBytes: readonly number[];
}

/** Which images go with which objects. */
export class ImageIndex {
  readonly #facts: ImagesFacts;
  /** By image, the numbers of the objects that name it. */
  readonly users: readonly (readonly number[])[];

  constructor(graph: SelectionGraph, facts: ImagesFacts) {
    this.#facts = facts;
    const numbers = new Map<string, number>();
    for (const node of graph.nodes) if (node?.descriptor.images) numbers.set(showId(node.id), node.number);
    this.users = facts.images.map(({ users }) => users.flatMap(user => numbers.get(user) ?? []));
  }

  /** How many images come with the taken objects, and the bytes of their layers, each of both once. */
  of(taken: Uint8Array): { images: number; bytes: number } {
    const wanted = this.#facts.images.filter((_, image) =>
      this.users[image]?.some(user => taken[user] === 1),
    );
    const layers = new Set(wanted.flatMap(({ layers }) => layers));
    return { images: new Set(wanted.flatMap(({ holds }) => holds)).size, bytes: this.bytesOf(layers) };
  }

  layersOf(image: number): readonly number[] {
    return this.#facts.images[image]?.layers ?? [];
  }

  bytesOf(layers: Iterable<number>): number {
    let bytes = 0;
    for (const layer of layers) bytes += this.#facts.layerBytes[layer] ?? 0;
    return bytes;
  }
}
