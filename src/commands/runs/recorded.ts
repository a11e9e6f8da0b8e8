import { resolve } from 'node:path';
import type { Head } from '../../archive/head.ts';
import { Failure } from '../../base/errors.ts';
import type { Flow } from '../../base/flow.ts';
import { ROUTES } from '../../progress/phases.ts';
import type { Recorder } from '../../progress/recorder.ts';
import type { RestoreResult } from '../../progress/results/restore.ts';
import { clusterOf } from '../../restore/journal/identity.ts';
import type { Journal } from '../../restore/journal/journal.ts';
import { createJournal } from '../../restore/journal/place.ts';
import { inSession } from '../../restore/journal/session.ts';
import type { Restore } from '../../restore/restore.ts';
import { commandLine, keptFlags } from '../flags/command-line.ts';
import { NOTHING_YET, runShown } from './run.ts';

interface Recorded {
  /** The archive, or its parts. */
  readonly files: readonly string[];
  readonly flags: {
    readonly journal?: string | undefined;
    readonly 'on-existing': string;
    readonly 'remove-orphaned-leases': boolean;
    readonly base: readonly string[];
    readonly progress: string;
    readonly quiet: boolean;
  };
  readonly recorder: Recorder | undefined;
  readonly flow: Flow;
  readonly archive: Head;
  readonly resumed: Journal | undefined;
}

/** Carries a restore out with a journal; when it does not come to its end, the error says how to go on. */
export async function runRecorded(
  restore: Restore,
  { files, flags, recorder, flow, archive, resumed }: Recorded,
): Promise<RestoreResult> {
  const { cluster, registries } = restore;
  const [file = '', ...others] = files.map(name => (name === '-' ? name : resolve(name)));
  let path: string | undefined;
  const begin = async () =>
    createJournal(flags.journal, {
      journal: 1,
      startedAt: new Date().toISOString(),
      archive: { file, ...(others.length > 0 && { others }), digest: archive.backup },
      cluster: await clusterOf(cluster),
      flags: keptFlags(flags),
    });
  const wayOn = () => (path === undefined ? NOTHING_YET : wayOnFrom(path, file));
  try {
    const { value, seconds } = await runShown(
      ROUTES.restore,
      { ...flags, recorder, flow, wayOn },
      ({ report, signal }) =>
        inSession(
          {
            work: 'restore',
            cluster,
            registries,
            journal: resumed ?? begin,
            onJournal: at => {
              path = at;
            },
            report,
            signal,
          },
          recorded => restore.run(report, recorded.signal, recorded),
          ({ losses }) => losses.length,
        ),
    );
    return { ...value, ...(path !== undefined && { journal: path }), seconds };
  } catch (error) {
    throw path === undefined ? error : withWayOn(error, path, file);
  }
}

/** The journal knows the archive and the flags; a pipe has to be laid once more. */
function wayOnFrom(path: string, file: string): string {
  const words = ['restore', '--resume', path];
  return `${file === '-' ? 'pipe the same archive into: ' : 'go on with: '}${commandLine(words)}`;
}

function withWayOn(error: unknown, path: string, file: string): unknown {
  if (!(error instanceof Failure)) return error;
  const undo = `or take back what was made: ${commandLine(['undo', path])}`;
  const own = error.code === 'interrupted' ? [] : error.hints;
  return new Failure(error.code, error.message, {
    ...(error.subject !== undefined && { subject: error.subject }),
    hints: [...own, wayOnFrom(path, file), undo],
    cause: error.cause,
  });
}
