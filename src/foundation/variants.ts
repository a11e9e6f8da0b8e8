import type { KubeObject } from '../base/object.ts';
import { CATALOG } from './catalog.ts';
import type { KindDescriptor, Variant } from './descriptor.ts';
import { passes } from './marks.ts';

/** The rules of each kind's variants: those of the kind, with what differs. */
const VARIANTS: ReadonlyMap<KindDescriptor, readonly (readonly [Variant, KindDescriptor])[]> = new Map(
  CATALOG.map(descriptor => {
    const { variants = [], ...common } = descriptor;
    return [
      descriptor,
      variants.map(variant => {
        const { where: _, ...differs } = variant;
        return [variant, { ...common, ...differs }] as const;
      }),
    ];
  }),
);

/** The rules that apply to this object of a kind of the catalog. */
export function rulesFor(descriptor: KindDescriptor, object: KubeObject): KindDescriptor {
  const found = VARIANTS.get(descriptor)?.find(([{ where }]) => passes(object, where));
  return found?.[1] ?? descriptor;
}

/** Every set of rules that there is, in the catalog's order: what rules between kinds are made of. */
export const ALL_RULES: readonly KindDescriptor[] = CATALOG.flatMap(descriptor => [
  descriptor,
  ...(VARIANTS.get(descriptor) ?? []).map(([, rules]) => rules),
]);
