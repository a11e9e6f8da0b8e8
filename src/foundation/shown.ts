import type { Json } from '../base/object.ts';
import type { Difference } from './compare.ts';
import type { KindDescriptor } from './descriptor.ts';

/** A difference as it may be shown: the values of secrets are in neither. */
export interface ShownDifference {
  readonly path: string;
  /** Absent where the archive has no such field. */
  readonly archive?: Json;
  /** Absent where the cluster has no such field. */
  readonly cluster?: Json;
}

/** What stands for a value that nobody is shown. */
const HIDDEN = '(secret)';

export function shown({ secret }: KindDescriptor, { path, keys, wanted, live }: Difference): ShownDifference {
  const isSecret = secret === true && keys[0] !== 'metadata' && keys[0] !== 'type';
  const show = (value: Json) => (isSecret ? HIDDEN : value);
  return {
    path,
    ...(wanted !== undefined && { archive: show(wanted) }),
    ...(live !== undefined && { cluster: show(live) }),
  };
}
