import { idOf, showId } from '../base/object.ts';
import type { ActivityLog } from './activity.ts';
import type { Change } from './apiserver/storage.ts';

/** Notes what goes although nobody asked for it: objects that had owners, none of which is there any more. */
export function collections(activity: ActivityLog): (change: Change) => void {
  const alive = new Set<string>();
  return ({ type, object }) => {
    const { uid = '', ownerReferences = [] } = object.metadata;
    if (type !== 'DELETED') {
      alive.add(uid);
      return;
    }
    alive.delete(uid);
    const orphaned = ownerReferences.length > 0 && !ownerReferences.some(owner => alive.has(owner.uid));
    if (orphaned) activity.record('collected', showId(idOf(object)));
  };
}
