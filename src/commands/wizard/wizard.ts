import { Failure } from '../../base/errors.ts';
import { canBeWatched, type ProgressMode } from '../../progress/choose.ts';
import { canReadKeys } from '../../progress/terminal.ts';
import type { ExportFlags } from '../runs/export.ts';
import type { RestoreFlags } from '../runs/restore.ts';
import type { AskedExport } from './ask-export.ts';

interface Answered {
  readonly flags: RestoreFlags;
  /** A person has seen what the checks found. */
  readonly isReviewed?: boolean;
  /** Apart from the flags, which are noted here and there. */
  readonly passphrase: string | undefined;
}

/**
 * The flags with all that has to be asked: by the wizard where somebody can answer, from a file of answers, or as they
 * are. Where a wizard would be too much to ask of a terminal, a restore asks its one question as ever.
 */
export async function answered(
  files: readonly string[],
  flags: RestoreFlags,
  isResumed: boolean,
): Promise<Answered> {
  if (isResumed) return { flags, passphrase: undefined };
  if (flags.answers !== undefined) {
    const { withSavedAnswers } = await import('./answers-file.ts');
    return { flags: await withSavedAnswers(flags.answers, flags), passphrase: undefined };
  }
  if (isWanted(files, flags) && canReadKeys()) {
    const { askRestore } = await import('./ask.ts');
    return { ...(await askRestore(files, flags)), isReviewed: true };
  }
  if (flags['save-answers'] === undefined) return { flags, passphrase: undefined };
  throw new Failure('usage', 'there are no answers to save: nothing is asked here', {
    subject: '--save-answers',
    hints: ['restore a file on a terminal, without --yes and --dry-run'],
  });
}

/**
 * What an export is to do: as the flags say, or, without a file, as a person answers on a terminal.
 * @throws Failure `usage` without a file and without a terminal
 */
export async function exportAsked(file: string | undefined, flags: ExportFlags): Promise<AskedExport> {
  if (file !== undefined) return { file, flags, passphrase: undefined };
  if (flags.resume || !canAnswer(flags) || !canReadKeys()) {
    throw new Failure('usage', 'FILE is missing: the archive to write; - is standard output', {
      hints: ['see --help'],
    });
  }
  const { askExport } = await import('./ask-export.ts');
  return askExport(flags);
}

/** A pipe's archive passes once, and a wizard has to look at it before. */
function isWanted(files: readonly string[], flags: RestoreFlags): boolean {
  return !flags.yes && !flags['dry-run'] && !files.includes('-') && canAnswer(flags);
}

/** Somebody is there who can see a wizard. */
function canAnswer({ quiet, progress }: { readonly quiet: boolean; readonly progress: string }): boolean {
  const mode = progress as ProgressMode;
  return !quiet && ['auto', 'ink'].includes(mode) && canBeWatched(process.stderr, process.env, mode);
}
