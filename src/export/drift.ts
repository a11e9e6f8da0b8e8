import { forEachLimit } from '../base/concurrency.ts';
import { Failure } from '../base/errors.ts';
import { DRIFT_NAMED, LISTS_WATCHED } from '../base/limits.ts';
import { idOf, type KubeObject, showId } from '../base/object.ts';
import type { ApiResource, Cluster } from '../cluster/cluster.ts';
import type { KindDescriptor } from '../foundation/descriptor.ts';

interface Listed {
  readonly resource: ApiResource;
  /** The list's own resourceVersion. */
  readonly revision: string;
}

/**
 * What has changed since it was listed. An export takes its time, and people go on working: the archive has each kind as
 * it was when it was listed, and says of which objects that is no longer true.
 */
export class Drift {
  readonly #listed = new Map<KindDescriptor, Listed>();

  note(descriptor: KindDescriptor, resource: ApiResource, revision: string): void {
    if (revision !== '') this.#listed.set(descriptor, { resource, revision });
  }

  /**
   * Names of objects that were made, changed or deleted since, `Kind namespace/name`, sorted; those that the archive
   * would have. A kind that may not be watched, or of which the server does not remember enough, is left out and told.
   */
  async find(
    cluster: Cluster,
    keeps: (descriptor: KindDescriptor, object: KubeObject) => boolean,
    onUnknown: (kind: string) => void,
    signal?: AbortSignal,
  ): Promise<string[]> {
    const changed = new Set<string>();
    let isHeard = true;
    await forEachLimit(this.#listed, LISTS_WATCHED, async ([descriptor, { resource, revision }]) => {
      if (!isHeard) return onUnknown(descriptor.kind);
      try {
        for await (const object of cluster.changes(resource, revision, signal)) {
          if (changed.size >= DRIFT_NAMED) return;
          if (keeps(descriptor, object)) changed.add(showId(idOf(object)));
        }
      } catch (error) {
        if (signal?.aborted || !(error instanceof Failure)) throw error;
        // What is between us and the server lets no watch through: the others would only wait as long.
        if (error.code === 'not-connected' || error.code === 'timeout') isHeard = false;
        onUnknown(descriptor.kind);
      }
    });
    return [...changed].sort();
  }
}
