import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { EXIT } from '../base/errors.ts';
import { Refused } from '../base/findings.ts';
import { VERSION } from '../base/version.ts';
import { allowFlag } from './flags/allow.ts';
import { answerFlags } from './flags/answers.ts';
import { baseFlag } from './flags/base.ts';
import { clusterFlags } from './flags/cluster.ts';
import { mapFlags } from './flags/maps.ts';
import { outputFlags, progressFlags } from './flags/output.ts';
import { registryFlags } from './flags/registry.ts';
import { reportFlags } from './flags/report.ts';
import { openFlags } from './flags/secrets.ts';
import { selectionFlags } from './flags/selection.ts';
import { signerFlags } from './flags/signing.ts';
import { taskFlags } from './flags/tasks.ts';
import { BaseCommand } from './program/base.ts';

export default class Restore extends BaseCommand {
  static override summary = 'Bring a foundation back from an archive';
  static override description = [
    "Reads the archive once, so that a pipe will do, and a file in several places at a time: checks the target, sends the images to its registry, then makes the resources in the order that Korifi's and Carvel's controllers need, waiting in between for exactly what comes next. Apps come back with the droplets they had: nothing is staged again and no task runs again.",
    "What exists already is left as it is and reported where it differs, so a restore that ended in the middle is simply run again. Image references move from the source's registry prefix to the target's, both as Korifi is configured there; --registry-map says it otherwise.",
  ].join('\n\n');
  static override examples = [
    '<%= config.bin %> restore backup.tar --identity key.txt --dry-run',
    '<%= config.bin %> restore backup.tar --context new-site --registry-map old.example.com/=new.example.com/',
    '<%= config.bin %> restore monday.tar --base sunday.tar --identity key.txt --dry-run',
    'ssh vault "cat backup.tar" | <%= config.bin %> restore - --identity key.txt --yes',
  ];
  static override usage = ['restore FILE…|- [FLAGS]', 'restore --resume [JOURNAL] [FLAGS]'];
  static override args = {
    files: Args.string({
      multiple: true,
      description:
        'The archive to read, or all parts of it in any order; - is standard input. With --resume, the journal to go on from',
    }),
  };
  static override flags = {
    'dry-run': Flags.string({
      options: ['client', 'server'],
      summary:
        'Check everything, show what would be done, and write nothing; server also asks the API server about every object',
    }),
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask for confirmation' }),
    ...mapFlags,
    ...allowFlag,
    'on-existing': Flags.option({
      options: ['skip', 'update', 'fail'] as const,
      summary:
        'What becomes of objects that are there and differ: left as they are, made as in the archive, or nothing is written; asked on a terminal, skip otherwise',
    })(),
    'on-existing-tag': Flags.option({
      options: ['overwrite', 'keep', 'fail'] as const,
      default: 'overwrite',
      summary: 'What becomes of a tag that is on the target and names another image',
    })(),
    'remove-orphaned-leases': Flags.boolean({
      summary: 'Let go of names that Korifi holds for objects which do not exist; asked on a terminal',
    }),
    'wait-timeout': Flags.string({
      helpValue: 'DURATION',
      summary:
        'How long objects may take to become ready, as 90s; of one kind, as PackageInstall=30m; may be repeated (15m)',
      multiple: true,
      multipleNonGreedy: true,
    }),
    start: Flags.boolean({
      summary: 'Start the apps that ran at the source once everything else is there',
      allowNo: true,
      default: true,
    }),
    ...taskFlags,
    eager: Flags.boolean({
      summary:
        'From a pipe, make resources as soon as their images have passed, before it is known that the rest comes; of parts, begin without reading all of them first',
    }),
    resume: Flags.boolean({
      summary:
        'Go on with a restore that did not come to its end, the last one or that of a journal, as it was begun',
    }),
    journal: Flags.string({
      helpValue: 'FILE|DIR',
      summary: 'Where to note every write, for --resume and undo; a folder of yours otherwise',
    }),
    ...baseFlag,
    ...selectionFlags,
    ...answerFlags,
    ...openFlags,
    ...signerFlags,
    ...registryFlags,
    ...clusterFlags,
    ...outputFlags,
    ...reportFlags,
    ...progressFlags,
  };

  /** A restore that is gone on with is as it was when it began. */
  protected override async ruledOut({ resume }: { resume?: boolean }): Promise<string[]> {
    if (!resume) return [];
    const { isKept } = await import('./flags/kept.ts');
    return Object.keys(Restore.flags).filter(isKept);
  }

  async run(): Promise<void> {
    // Alone it means the client's, as kubectl has it.
    const words = this.argv.map(word => (word === '--dry-run' ? '--dry-run=client' : word));
    const { args, flags, metadata } = await this.parse(Restore, words);
    const [
      { runRestore },
      { restoreAsked },
      { nameOf },
      { Reporting },
      { printDocument, printResult },
      { restoreReport },
      { restoreDocument },
    ] = await Promise.all([
      import('./runs/restore.ts'),
      import('./runs/resume.ts'),
      import('./from-flags/media.ts'),
      import('./runs/reporting.ts'),
      import('../progress/console.ts'),
      import('../progress/report.ts'),
      import('../progress/reports/build.ts'),
    ]);
    const given = Object.keys(flags).filter(name => !metadata.flags[name]?.setFromDefault);
    const { files, asked, journal } = await restoreAsked(args.files ?? [], flags, given);
    const file = nameOf(files);
    const reporting = await Reporting.open('restore', file, flags.report, VERSION);
    const run = () => runRestore(files, asked, reporting, journal);
    const result = await reporting.around(run, restoreDocument).catch(async error => {
      if (flags.output !== undefined && error instanceof Refused) {
        const dryRun = flags['dry-run'] !== undefined;
        const document = { dryRun, refused: true, findings: error.findings };
        await printDocument(document, flags.output as 'json' | 'yaml');
      }
      throw error;
    });
    if (flags.output === undefined) await printResult(restoreReport(result));
    else await printDocument(result, flags.output as 'json' | 'yaml');
    process.exitCode = result.losses.length > 0 ? EXIT.losses : EXIT.done;
    reporting.check();
  }
}
