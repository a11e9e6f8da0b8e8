import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { EXIT, Failure } from '../base/errors.ts';
import { VERSION } from '../base/version.ts';
import { leaveToFlag } from './flags/base.ts';
import { clusterFlags } from './flags/cluster.ts';
import { imageFlags } from './flags/images.ts';
import { overwriteFlag, resumeFlag, verifyFlag, volumeFlags } from './flags/media.ts';
import { outputFlags, progressFlags } from './flags/output.ts';
import { registryFlags } from './flags/registry.ts';
import { reportFlags } from './flags/report.ts';
import { sealFlags } from './flags/secrets.ts';
import { selectionFlags } from './flags/selection.ts';
import { signFlags } from './flags/signing.ts';
import { BaseCommand } from './program/base.ts';

export default class Export extends BaseCommand {
  static override summary = 'Back up a foundation: its resources and every image they name, in one tar';
  static override description = [
    'Lists the CF and Carvel resources of the cluster, finds every image that they name, and streams both into one archive. Nothing is staged on disk and nothing is installed in the cluster. Secrets are encrypted with age unless you say otherwise. The file appears under its name only when it is whole.',
    'What could not be read is listed at the end and in the archive itself, and the exit code is then 3.',
  ].join('\n\n');
  static override examples = [
    '<%= config.bin %> export backup.tar --recipient age1…',
    '<%= config.bin %> export backup.tar --context production',
    '<%= config.bin %> export monday.tar --base sunday.tar --recipient age1…',
    '<%= config.bin %> export - --recipients-file keys.txt | ssh vault "cat > backup.tar"',
  ];
  static override usage = ['export FILE|- [FLAGS]', 'export FILE --resume [FLAGS]'];
  static override args = {
    file: Args.string({
      description: 'The archive to write; - is standard output. Without it a terminal asks for everything',
    }),
  };
  static override flags = {
    ...overwriteFlag,
    ...resumeFlag,
    ...verifyFlag,
    ...volumeFlags,
    ...leaveToFlag,
    ...selectionFlags,
    redact: Flags.boolean({
      summary:
        'Make a copy to show to others instead of a backup: without secrets and images, never to be restored',
      exclusive: ['recipient', 'recipients-file', 'passphrase', 'passphrase-fd', 'passphrase-env', 'base'],
    }),
    ...sealFlags,
    ...signFlags,
    ...imageFlags,
    ...registryFlags,
    ...clusterFlags,
    ...outputFlags,
    ...reportFlags,
    ...progressFlags,
  };

  protected override async ruledOut(
    { resume }: { resume?: boolean },
    [file]: readonly string[],
  ): Promise<string[]> {
    const settled = resume ? Object.keys(SETTLED) : [];
    if (file !== '-') return settled;
    const { NEEDS_FILE } = await import('./runs/needs-file.ts');
    return [...settled, ...Object.keys(NEEDS_FILE)];
  }

  async run(): Promise<void> {
    const { args, flags, metadata } = await this.parse(Export);
    const [
      { runExport },
      { exportAsked },
      { Reporting },
      { printDocument, printResult },
      { exportReport },
      { exportDocument },
    ] = await Promise.all([
      import('./runs/export.ts'),
      import('./wizard/wizard.ts'),
      import('./runs/reporting.ts'),
      import('../progress/console.ts'),
      import('../progress/report.ts'),
      import('../progress/reports/build.ts'),
    ]);
    if (flags.resume) refusePlanned(Object.keys(flags).filter(name => !metadata.flags[name]?.setFromDefault));
    const { file, flags: asked, passphrase } = await exportAsked(args.file, flags);
    const reporting = await Reporting.open('export', file, flags.report, VERSION);
    const result = await reporting.around(
      () => runExport(file, asked, VERSION, reporting, passphrase),
      exportDocument,
    );
    // With the archive on standard output the report has to go beside it.
    if (file === '-') process.stderr.write(flags.quiet ? '' : `${exportReport(result)}\n`);
    else if (flags.output === undefined) await printResult(exportReport(result));
    else await printDocument(result, flags.output as 'json' | 'yaml');
    process.exitCode = result.losses.length > 0 ? EXIT.losses : EXIT.done;
    reporting.check();
  }
}

/** What a plan has settled, and an export that is gone on with cannot be told otherwise. */
const SETTLED = {
  ...overwriteFlag,
  ...volumeFlags,
  ...leaveToFlag,
  ...selectionFlags,
  ...sealFlags,
  ...imageFlags,
};

function refusePlanned(given: readonly string[]): void {
  const name = given.find(flag => Object.hasOwn(SETTLED, flag));
  if (name === undefined) return;
  throw new Failure(
    'usage',
    `--${name} was settled when the export began, and it goes on as it was planned`,
    {
      hints: [`leave --${name} out, or export anew`],
    },
  );
}
