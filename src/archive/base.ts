import { type Digest, digestOf } from '../base/digest.ts';
import type { Plan, PlannedLayer } from './plan.ts';

/**
 * The digest of a line `<digest> <size>\n` for each layer of a plan, in order: what another archive names its base by.
 * Re-keyed, signed, cut into parts or merged with its own base, an archive still has it.
 */
export function layersDigest(layers: readonly PlannedLayer[]): Digest {
  return digestOf(layers.map(({ digest, size }) => `${digest} ${size}\n`).join(''));
}

/** What an archive that layers are left to says of itself. */
export type BasePlan = Pick<Plan, 'createdAt' | 'layers'>;

/** Whether a layer can be left to an archive, or to where that one left it. */
export function holderOf({ layers }: BasePlan): (layer: Pick<PlannedLayer, 'digest' | 'size'>) => boolean {
  const held = new Map<Digest, number>(layers.map(({ digest, size }) => [digest, size]));
  return ({ digest, size }) => size > 0 && held.get(digest) === size;
}

/** The same backup, with the layers that another one has left to that. When it has none, nothing is changed. */
export function leaveTo(base: BasePlan, plan: Plan): Plan {
  const holds = holderOf(base);
  const name = { createdAt: base.createdAt, layers: layersDigest(base.layers) };
  const layers = plan.layers.map(layer => (holds(layer) ? { ...layer, inBase: true as const } : layer));
  return onlyIfLeft({ ...plan, base: name, layers });
}

/** What an archive has left to its base; undefined when it is whole. */
export function leftBy({ base, layers }: Plan): LeftToBase | undefined {
  if (base === undefined) return undefined;
  const left = layers.filter(({ inBase }) => inBase);
  const bytes = left.reduce((sum, { size }) => sum + size, 0);
  return { createdAt: base.createdAt, digest: base.layers, layers: left.length, bytes };
}

/** Layers that an archive lacks, and which archive has them. */
interface LeftToBase {
  createdAt: string;
  /** Of the base's layers ({@link layersDigest}). */
  digest: Digest;
  layers: number;
  bytes: number;
}

/** The same backup with all layers in it. */
export function wholeAgain({ base: _, ...plan }: Plan): Plan {
  return { ...plan, layers: plan.layers.map(({ inBase: _, ...layer }) => layer) };
}

/** A plan names a base only where it leaves layers to it. */
export function onlyIfLeft(plan: Plan): Plan {
  return plan.layers.some(({ inBase }) => inBase) ? plan : wholeAgain(plan);
}
