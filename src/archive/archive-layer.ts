import { ASIDE_BYTES } from '../base/limits.ts';
import type { Bases } from './bases.ts';
import type { LayerBytes } from './layer-bytes.ts';
import type { PlannedLayer } from './plan.ts';

/** A layer whose bytes are about to pass. */
export interface ArchiveLayer {
  layer: PlannedLayer;
  /** The index in `plan.layers`. */
  index: number;
  /**
   * Its bytes, once: checked against size and digest before the last of them is given out. What is not read of them is
   * read, and checked, when the next layer is asked for, but for those of a base.
   */
  body: AsyncIterable<Buffer>;
  /** Takes a piece of the body back, so that its memory is used again. Without it, pieces are the caller's for good. */
  giveBack(piece: Buffer): void;
  /** The body from its beginning, checked as well, as often as it is called: of a file, and of a base. */
  again?: () => AsyncIterable<Buffer>;
  /**
   * Takes the body out of the pass, where all of the archive is at hand: whoever calls it reads and thereby checks the
   * layer by itself, while others pass. What is left unchecked of it is read in the end.
   */
  aside?: () => Pick<LayerBytes, 'read' | 'done'>;
}

/** The ways to a layer's bytes. */
export type WaysToBytes = Omit<ArchiveLayer, 'layer' | 'index'>;

/** The ways to a layer's bytes that are in another archive, where they are read in whatever order. */
export function ofBase(bases: Bases, layer: PlannedLayer): WaysToBytes {
  const again = () => bases.read(layer, 0, layer.size);
  const aside = () => ({
    read: (from: number, to: number) => bases.read(layer, from, to),
    done: () => bases.done(layer),
  });
  return { body: passing(again(), layer, bases), giveBack() {}, again, aside };
}

/** Small layers pass, many at a time, and pieces that are read aside are filled anew: so these are for good. */
async function* passing(pieces: AsyncIterable<Buffer>, layer: PlannedLayer, bases: Bases) {
  for await (const piece of pieces) yield layer.size < ASIDE_BYTES ? Buffer.from(piece) : piece;
  bases.done(layer);
}
