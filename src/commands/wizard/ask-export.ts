import { widthOfTerminal } from '../../progress/text.ts';
import { beginExport, exportAnswersOf } from '../../ui/wizard/export-state.ts';
import { answerExport, EXPORT } from '../../ui/wizard/export-wizard.ts';
import { Runner } from '../../ui/wizard/runner.ts';
import { commandPieces, shownCommand } from '../flags/command-line.ts';
import type { ExportFlags } from '../runs/export.ts';
import { saidFlags } from './command-line.ts';
import { withExportAnswers } from './export-answers.ts';
import { SourcePort } from './export-port.ts';
import { askAll, onTerminal } from './on-terminal.ts';
import { wholePath } from './paths.ts';

/** An export whose every question is answered. */
export interface AskedExport {
  readonly file: string;
  readonly flags: ExportFlags;
  /** Apart from the flags, which are noted here and there. */
  readonly passphrase: string | undefined;
}

/**
 * Asks for an export on the terminal, and tells how to do the same again.
 * @throws Failure `refused` when it was left, `interrupted` on Ctrl-C or a signal
 */
export async function askExport(flags: ExportFlags): Promise<AskedExport> {
  return onTerminal(async signal => {
    const port = new SourcePort(flags, signal);
    const day = new Date().toISOString().slice(0, 10);
    const where = {
      path: `backup-${day}.tar`,
      medium: flags['volume-size'] ?? '',
      base: flags.base?.[0] ?? '',
    };
    const runner = new Runner(EXPORT, beginExport(where), job => answerExport(port, job));
    const state = await askAll(runner, signal);
    const answers = exportAnswersOf(state);
    const context = state.source?.context;
    const asked = { ...withExportAnswers(flags, answers), ...(context !== undefined && { context }) };
    const file = wholePath(answers.where.path);
    const { secrets } = answers;
    const command = commandPieces(['export', file], saidFlags(asked));
    process.stderr.write(
      `the same export as one command line:\n\n${shownCommand(command, widthOfTerminal(process.stderr))}\n\n`,
    );
    return { file, flags: asked, passphrase: secrets.kind === 'passphrase' ? secrets.text : undefined };
  });
}
