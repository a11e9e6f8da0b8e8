import { Failure } from '../base/errors.ts';
import { nearMatches } from '../base/nearest.ts';
import { LISTED } from './catalog.ts';
import type { KindDescriptor } from './descriptor.ts';

/**
 * The kinds of a foundation that a person means: by kind or plural, whatever the case, with the group behind a dot or
 * without.
 * @throws Failure `usage` for a name that none has.
 */
export function kindsNamed(name: string): KindDescriptor[] {
  const wanted = name.toLowerCase();
  const found = LISTED.filter(descriptor => namesOf(descriptor).includes(wanted));
  if (found.length > 0) return found;
  const near = nearMatches(
    name,
    LISTED.flatMap(({ kind }) => kind),
    3,
  );
  throw new Failure('usage', `there is no kind ${JSON.stringify(name.slice(0, 60))} in a backup`, {
    hints: [
      near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'see docs/what-is-backed-up.md for the kinds',
    ],
  });
}

function namesOf({ kind, plural, group }: KindDescriptor): string[] {
  return [kind, plural].flatMap(name => [name.toLowerCase(), `${name.toLowerCase()}.${group}`]);
}
