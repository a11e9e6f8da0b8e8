import type { Head } from '../../archive/head.ts';
import { Failure } from '../../base/errors.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { NAMESPACES } from '../namespaces.ts';
import type { Journal } from './journal.ts';
import type { JournalHeader } from './records.ts';

/**
 * Which cluster it is, whatever it is called: the UID of its namespace kube-system.
 * @throws Failure `api-error` when there is none, as in no Kubernetes that there is.
 */
export async function clusterOf(cluster: Cluster, signal?: AbortSignal): Promise<JournalHeader['cluster']> {
  const { context, server } = cluster;
  const { uid } = (await cluster.get(NAMESPACES, undefined, 'kube-system', signal))?.metadata ?? {};
  if (uid !== undefined) return { context, server, uid };
  throw new Failure('api-error', 'the cluster has no namespace kube-system to tell it by', {
    subject: server,
  });
}

/** @throws Failure `refused` when a journal is of another cluster. */
export function checkCluster({ header, path }: Journal, { context, uid }: JournalHeader['cluster']): void {
  if (header.cluster.uid === uid) return;
  throw new Failure('refused', `the journal is of another cluster than ${context}`, {
    subject: path,
    hints: [`it was ${header.cluster.context}, ${header.cluster.server}: pass --context to name it`],
  });
}

/** @throws Failure `refused` when a journal is of the restore of another archive. */
export function checkArchive({ header, path }: Journal, head: Pick<Head, 'backup'>): void {
  if (header.archive.digest === head.backup) return;
  throw new Failure('refused', 'the archive is not the one that the restore began with', {
    subject: path,
    hints: [`it was ${header.archive.file}, whose backup is ${header.archive.digest}`],
  });
}
