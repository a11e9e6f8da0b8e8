import { Failure } from '../../base/errors.ts';
import type { KubeObject } from '../../base/object.ts';
import { ApiFailure, type ApiResource, type Cluster, type WriteOptions } from '../../cluster/cluster.ts';
import type { ObjectIntent, Outcome } from './records.ts';
import type { JournalWriter } from './writer.ts';

/**
 * The same cluster with every write in the journal before it is sent and after it was answered. A write without an
 * answer (a broken connection, an interrupt) keeps its intent alone: whoever reads the journal has to look.
 */
export function recordCluster(cluster: Cluster, journal: JournalWriter): Cluster {
  const recorded = async <T>(
    intent: ObjectIntent,
    options: WriteOptions | undefined,
    write: () => Promise<T>,
    outcomeOf: (answer: T) => Outcome = () => ({ is: 'done' }),
  ): Promise<T> => {
    if (options?.dryRun) return write();
    const n = journal.begin(intent);
    try {
      const answer = await write();
      journal.end(n, outcomeOf(answer));
      return answer;
    } catch (error) {
      const outcome = refusalOf(error);
      if (outcome !== undefined) journal.end(n, outcome);
      throw error;
    }
  };
  return {
    context: cluster.context,
    server: cluster.server,
    version: signal => cluster.version(signal),
    discover: signal => cluster.discover(signal),
    list: (resource, options) => cluster.list(resource, options),
    changes: (...asked) => cluster.changes(...asked),
    get: (...asked) => cluster.get(...asked),
    can: (...asked) => cluster.can(...asked),
    close: () => cluster.close(),
    create: (resource, object, options) =>
      recorded(
        intentOf('create', resource, object.metadata.namespace, object.metadata.name),
        options,
        () => cluster.create(resource, object, options),
        madeBy,
      ),
    patch: (resource, namespace, name, patch, options) =>
      recorded(
        { ...intentOf('patch', resource, namespace, name), subresource: patch.subresource },
        options,
        () => cluster.patch(resource, namespace, name, patch, options),
      ),
    delete: (resource, namespace, name, options) =>
      recorded(intentOf('delete', resource, namespace, name), options, () =>
        cluster.delete(resource, namespace, name, options),
      ),
  };
}

function intentOf(
  verb: ObjectIntent['verb'],
  { group, version, plural, kind }: ApiResource,
  namespace: string | undefined,
  name: string,
): ObjectIntent {
  return { verb, group, version, plural, kind, namespace, name };
}

function madeBy({ metadata }: KubeObject): Outcome {
  return { is: 'done', uid: metadata.uid, createdAt: metadata.creationTimestamp };
}

/** A definite no of the server; undefined where it may have done what it was asked. */
function refusalOf(error: unknown): Outcome | undefined {
  if (error instanceof ApiFailure && error.status < 500) return { is: 'refused', status: error.status };
  const isDenied = error instanceof Failure && (error.code === 'forbidden' || error.code === 'unauthorized');
  return isDenied ? { is: 'refused' } : undefined;
}
