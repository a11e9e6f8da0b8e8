import * as Flags from '@oclif/core/flags';
import { EXIT } from '../base/errors.ts';
import { Refused } from '../base/findings.ts';
import { VERSION } from '../base/version.ts';
import { allowFlag } from './flags/allow.ts';
import { archiveArgs } from './flags/archive-args.ts';
import { baseFlag } from './flags/base.ts';
import { nameFlags } from './flags/maps.ts';
import { outputFlags, progressFlags } from './flags/output.ts';
import { reportFlags } from './flags/report.ts';
import { openFlags } from './flags/secrets.ts';
import { selectionFlags } from './flags/selection.ts';
import { signerFlags } from './flags/signing.ts';
import { taskFlags } from './flags/tasks.ts';
import { BaseCommand } from './program/base.ts';

export default class Rehearse extends BaseCommand {
  static override summary =
    'Restore an archive into a foundation inside this program, to know that it can be';
  static override description = [
    'The same restore as a real one, into an empty foundation that lives in this process: no cluster, no registry, nothing left behind. Everything is decrypted, every digest is checked, every wave is applied under the rules of the controllers. Layers are checked as they pass and not kept. The report says what would come back, what would not, and how long the real thing may take.',
    'What packages install is not rehearsed: that their images, service accounts and values are there is.',
  ].join('\n\n');
  static override examples = [
    '<%= config.bin %> rehearse backup.tar --identity key.txt',
    '<%= config.bin %> rehearse backup.tar --identity key.txt --org acme',
    'ssh vault "cat backup.tar" | <%= config.bin %> rehearse - --identity key.txt',
  ];
  static override usage = 'rehearse FILE…|- [FLAGS]';
  static override args = archiveArgs;
  static override flags = {
    ...allowFlag,
    'wait-timeout': Flags.string({
      helpValue: 'DURATION',
      summary:
        'How long objects may take to become ready, as 90s; of one kind, as PackageInstall=30m; may be repeated (1m)',
      multiple: true,
      multipleNonGreedy: true,
    }),
    ...nameFlags,
    ...taskFlags,
    ...baseFlag,
    ...selectionFlags,
    ...openFlags,
    ...signerFlags,
    ...outputFlags,
    ...reportFlags,
    ...progressFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Rehearse);
    const [
      { runRehearse },
      { nameOf },
      { Reporting },
      { printDocument, printResult },
      { rehearseReport },
      { rehearseDocument },
    ] = await Promise.all([
      import('./runs/rehearse.ts'),
      import('./from-flags/media.ts'),
      import('./runs/reporting.ts'),
      import('../progress/console.ts'),
      import('../progress/rehearse-report.ts'),
      import('../progress/reports/build.ts'),
    ]);
    const file = nameOf(args.files);
    const reporting = await Reporting.open('rehearse', file, flags.report, VERSION);
    const run = () => runRehearse(args.files, flags, reporting);
    const result = await reporting.around(run, rehearseDocument).catch(async error => {
      if (flags.output !== undefined && error instanceof Refused) {
        await printDocument({ refused: true, findings: error.findings }, flags.output as 'json' | 'yaml');
      }
      throw error;
    });
    if (flags.output === undefined) await printResult(rehearseReport(result));
    else await printDocument(result, flags.output as 'json' | 'yaml');
    const isWhole = result.restore.losses.length === 0 && result.problems.length === 0;
    process.exitCode = isWhole ? EXIT.done : EXIT.losses;
    reporting.check();
  }
}
