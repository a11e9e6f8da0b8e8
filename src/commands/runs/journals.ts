import type { JournalsResult } from '../../progress/results/restore.ts';
import { journalFolder, listJournals } from '../../restore/journal/place.ts';
import { stateOf } from '../../restore/journal/state.ts';
import { commandLine } from '../flags/command-line.ts';

/** What the journals of a folder are about, oldest first. */
export async function describeJournals(folder = journalFolder()): Promise<JournalsResult> {
  const journals = await listJournals(folder);
  return {
    folder,
    journals: journals.map(journal => {
      const { startedAt, archive, cluster, flags } = journal.header;
      return {
        path: journal.path,
        startedAt,
        state: stateOf(journal),
        context: cluster.context,
        server: cluster.server,
        archive: archive.file,
        archiveDigest: archive.digest,
        made: journal.made().length,
        command: commandLine(['restore', archive.file, ...(archive.others ?? [])], flags),
      };
    }),
  };
}
