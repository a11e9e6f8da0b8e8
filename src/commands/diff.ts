import { EXIT } from '../base/errors.ts';
import { VERSION } from '../base/version.ts';
import { archiveArgs } from './flags/archive-args.ts';
import { baseFlag } from './flags/base.ts';
import { clusterFlags } from './flags/cluster.ts';
import { mapFlags } from './flags/maps.ts';
import { listOutputFlags, progressFlags } from './flags/output.ts';
import { registryFlags } from './flags/registry.ts';
import { reportFlags } from './flags/report.ts';
import { openFlags } from './flags/secrets.ts';
import { selectionFlags } from './flags/selection.ts';
import { signerFlags } from './flags/signing.ts';
import { taskFlags } from './flags/tasks.ts';
import { BaseCommand } from './program/base.ts';
import { endWithFailure } from './program/end.ts';
import type { runDiff } from './runs/diff.ts';

export default class Diff extends BaseCommand {
  static override summary =
    'Compare an archive with a live foundation: missing, extra, different, images too';
  static override description = [
    "Says what a restore of the archive would still have to make, what only the cluster has, and which fields differ, with registries and domains mapped as a restore maps them. Values of Secrets are never shown, only that they differ. Nothing is written, and the archive's layers are not read.",
    'Ends with exit code 0 when both are the same, with 1 when they are not, and with more than 1, as `kubectl diff`, when it cannot be told.',
  ].join('\n\n');
  static override examples = [
    '<%= config.bin %> diff backup.tar --identity key.txt',
    '<%= config.bin %> diff backup.tar --context new-site --registry-map old.example.com/=new.example.com/',
    '<%= config.bin %> diff backup.tar --org acme -o json',
  ];
  static override usage = 'diff FILE…|- [FLAGS]';
  static override args = archiveArgs;
  static override flags = {
    ...mapFlags,
    ...baseFlag,
    ...selectionFlags,
    ...taskFlags,
    ...openFlags,
    ...signerFlags,
    ...registryFlags,
    ...clusterFlags,
    ...listOutputFlags,
    ...reportFlags,
    ...progressFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Diff);
    try {
      await this.#compare(args.files, flags);
    } catch (error) {
      endWithFailure(error);
      // 1 says that both were compared.
      if (process.exitCode === EXIT.failed) process.exitCode = EXIT.usage;
    }
  }

  async #compare(
    files: readonly string[],
    flags: Parameters<typeof runDiff>[1] & {
      readonly output?: string | undefined;
      readonly report?: string[] | undefined;
    },
  ): Promise<void> {
    const [
      { runDiff: run },
      { nameOf },
      { Reporting },
      { printList },
      { diffReport, differingNames, isSame },
      { diffDocument },
    ] = await Promise.all([
      import('./runs/diff.ts'),
      import('./from-flags/media.ts'),
      import('./runs/reporting.ts'),
      import('../progress/print-list.ts'),
      import('../progress/diff-report.ts'),
      import('../progress/reports/build-checks.ts'),
    ]);
    const reporting = await Reporting.open('diff', nameOf(files), flags.report, VERSION);
    const result = await reporting.around(() => run(files, flags, reporting), diffDocument);
    await printList(flags.output, {
      document: result,
      text: wide => diffReport(result, wide),
      names: () => differingNames(result),
    });
    process.exitCode = isSame(result) ? EXIT.done : EXIT.failed;
    reporting.check();
  }
}
