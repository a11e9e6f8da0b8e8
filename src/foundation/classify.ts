import type { KubeObject } from '../base/object.ts';
import type { FoundationFacts, KindDescriptor, Role } from './descriptor.ts';
import { passes } from './marks.ts';
import { rulesFor } from './variants.ts';

export type Classification =
  | {
      readonly role: 'truth';
      /** It belongs to the backup even when nothing in the backup asks for it. */
      readonly unasked: boolean;
    }
  | { readonly role: Exclude<Role, 'truth'>; readonly because: string };

/** What one object is to a backup, and why. Whether a shared kind's object is asked for is not decided here. */
export function classify(
  descriptor: KindDescriptor,
  object: KubeObject,
  facts: FoundationFacts = {},
): Classification {
  const { role, because = '', keep = 'all', derivedWhen = [], keptWhen } = descriptor;
  if (role !== 'truth') return { role, because };
  const mark = derivedWhen.find(mark => passes(object, mark, facts));
  if (mark) return { role: 'derived', because: mark.because };
  const marked = keptWhen?.some(mark => passes(object, mark, facts)) ?? keep === 'all';
  if (keep === 'all' && !marked) return { role: 'derived', because: 'not one of those that users make' };
  return { role: 'truth', unasked: marked };
}

/** Why a restore leaves this object of the archive out; undefined for all that it brings back. */
export function heldBack(descriptor: KindDescriptor, object: KubeObject): string | undefined {
  return rulesFor(descriptor, object).heldBackWhen?.find(mark => passes(object, mark))?.because;
}
