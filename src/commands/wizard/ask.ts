import { openArchive } from '../../archive/open-archive.ts';
import { reasonOf } from '../../base/errors.ts';
import { oneLine } from '../../progress/format.ts';
import { widthOfTerminal } from '../../progress/text.ts';
import { answersOf } from '../../ui/wizard/answers.ts';
import { answerRestore, beginRestore, RESTORE } from '../../ui/wizard/restore-wizard.ts';
import { Runner } from '../../ui/wizard/runner.ts';
import { commandPieces, shownCommand } from '../flags/command-line.ts';
import { giveBases } from '../from-flags/base-archives.ts';
import { openCluster } from '../from-flags/cluster.ts';
import { archiveFrom, nameOf } from '../from-flags/media.ts';
import { givenPassphrase, openOpener } from '../from-flags/secrets.ts';
import { readAllowedSigners } from '../from-flags/signing.ts';
import type { RestoreFlags } from '../runs/restore.ts';
import { withAnswers } from './answers.ts';
import { saveAnswers } from './answers-file.ts';
import { factsOf } from './archive-facts.ts';
import { saidFlags } from './command-line.ts';
import { askAll, onTerminal } from './on-terminal.ts';
import { ArchivePort } from './restore-port.ts';

/** Until the first screen has been drawn. */
const FIRST_LOOK_MS = 300;

/**
 * Asks for a restore on the terminal. Nothing is written meanwhile, and nothing is kept open afterwards: the restore
 * begins anew, with the flags that the answers come to.
 *
 * @throws Failure `refused` when it was left, `interrupted` on Ctrl-C or a signal
 */
export async function askRestore(
  files: readonly string[],
  asked: RestoreFlags,
): Promise<{ flags: RestoreFlags; passphrase: string | undefined }> {
  const signers = await readAllowedSigners(asked);
  const { from, ...ask } = archiveFrom(files);
  return onTerminal(async signal => {
    const archive = await openArchive(from, { ...ask, signers, resourcesAside: true });
    const closing: (() => Promise<void>)[] = [() => archive.close()];
    try {
      const { base } = await giveBases(archive, nameOf(files), asked);
      const flags = { ...asked, ...(base.length > 0 && { base }) };
      // The layers are the restore's; behind them stands what was lost late, and who has signed.
      const seal = archive.skipLayers() ? await archive.finish() : undefined;
      const given = await givenPassphrase(flags);
      const isOpened =
        archive.head.plan.secrets.kind === 'age' && (flags.identity !== undefined || given !== undefined);
      const opener = isOpened
        ? await openOpener(archive.head, { identity: flags.identity }, { passphrase: given })
        : undefined;
      const port = new ArchivePort(archive, flags, opener, signal);
      closing.push(() => port.close());
      const onExisting = flags['on-existing'] === 'update' ? 'update' : 'skip';
      const told = factsOf(nameOf(files), archive, seal?.losses ?? [], isOpened, flags.tasks === 'history');
      const facts = {
        ...told,
        facts: [...told.facts, ['goes to', await targetOf(flags)]],
        onExisting,
      } as const;
      // While the first screen is read, what the next one shows is got ready.
      const ahead = setTimeout(() => void port.survey().catch(() => undefined), FIRST_LOOK_MS);
      closing.push(async () => clearTimeout(ahead));
      if (facts.lock !== undefined) clearTimeout(ahead);
      const runner = new Runner(RESTORE, beginRestore(facts), job => answerRestore(port, job));
      const answers = answersOf(await askAll(runner, signal));
      const { context } = await port.target();
      const answered = { ...withAnswers(flags, answers), context, yes: true };
      const passphrase = answers.key?.passphrase ?? given;
      await conclude(files, answered, answers.key?.passphrase !== undefined);
      return { flags: answered, passphrase };
    } finally {
      for (const close of closing.reverse()) await close();
    }
  });
}

/** Tells how to do the same again, and keeps the answers where that was wanted. */
async function conclude(
  files: readonly string[],
  flags: RestoreFlags & { readonly context: string },
  hasPassphrase: boolean,
): Promise<void> {
  const path = flags['save-answers'];
  if (path !== undefined) await saveAnswers(path, flags, flags.context);
  const note = hasPassphrase ? 'it asks for the passphrase, or reads it with --passphrase-fd N\n' : '';
  const command = [...commandPieces(['restore', ...files], saidFlags(flags)), '--yes'];
  process.stderr.write(
    `the same restore as one command line:\n\n${shownCommand(command, widthOfTerminal(process.stderr))}\n\n${note}`,
  );
}

/** Where it would go, before anything is sent there: nobody likes to find out late that it is the wrong cluster. */
async function targetOf(flags: RestoreFlags): Promise<string> {
  try {
    const cluster = await openCluster(flags, () => {});
    await cluster.close();
    return `the context ${oneLine(cluster.context)}, ${oneLine(cluster.server)}`;
  } catch (error) {
    return `nowhere yet: ${oneLine(reasonOf(error))}`;
  }
}
