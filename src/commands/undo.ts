import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { EXIT } from '../base/errors.ts';
import { VERSION } from '../base/version.ts';
import { clusterFlags } from './flags/cluster.ts';
import { outputFlags, progressFlags } from './flags/output.ts';
import { registryFlags } from './flags/registry.ts';
import { reportFlags } from './flags/report.ts';
import { BaseCommand } from './program/base.ts';

export default class Undo extends BaseCommand {
  static override summary = 'Take back what a restore made, and nothing else';
  static override description = [
    'Deletes the objects that the journal of a restore has, each only if it is still the very one that the restore made, in the order that Korifi and kapp-controller need. What was there before is not touched. What somebody has made since then and depends on a restored object keeps that object; it is listed, and the exit code is 3.',
    'No image is deleted by it, and no service at its broker. With --images the images go that the restore was the first to bring to the registry.',
  ].join('\n\n');
  static override examples = [
    '<%= config.bin %> undo --dry-run',
    '<%= config.bin %> undo 20261126T185000Z-new-site.jsonl --context new-site',
  ];
  static override usage = 'undo [JOURNAL] [FLAGS]';
  static override args = {
    journal: Args.string({ description: 'The journal of the restore; that of the last one otherwise' }),
  };
  static override flags = {
    'dry-run': Flags.boolean({
      summary: 'Show what would be removed and what would stay, and write nothing',
    }),
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask for confirmation' }),
    images: Flags.boolean({ summary: 'Delete from the registries, too, what the restore put there first' }),
    'wait-timeout': Flags.string({
      helpValue: 'DURATION',
      summary: 'How long objects may take to go, as 90s; of one kind, as CFSpace=10m; may be repeated (15m)',
      multiple: true,
      multipleNonGreedy: true,
    }),
    ...registryFlags,
    ...clusterFlags,
    ...outputFlags,
    ...reportFlags,
    ...progressFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Undo);
    const [{ runUndo }, { Reporting }, { printDocument, printResult }, { undoReport }, { undoDocument }] =
      await Promise.all([
        import('./runs/undo.ts'),
        import('./runs/reporting.ts'),
        import('../progress/console.ts'),
        import('../progress/undo-report.ts'),
        import('../progress/reports/build-checks.ts'),
      ]);
    const journal = args.journal ?? '';
    const reporting = await Reporting.open('undo', journal, flags.report, VERSION);
    const result = await reporting.around(() => runUndo(args.journal, flags, reporting), undoDocument);
    if (flags.output === undefined) await printResult(undoReport(result));
    else await printDocument(result, flags.output as 'json' | 'yaml');
    process.exitCode = result.losses.length > 0 ? EXIT.losses : EXIT.done;
    reporting.check();
  }
}
