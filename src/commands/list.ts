import { clusterFlags } from './flags/cluster.ts';
import { listOutputFlags, progressFlags } from './flags/output.ts';
import { selectionFlags } from './flags/selection.ts';
import { BaseCommand } from './program/base.ts';

const { org, space, app } = selectionFlags;
const { v } = progressFlags;

export default class List extends BaseCommand {
  static override summary = 'List the orgs, spaces, apps and installed packages of a foundation';
  static override description =
    'It reads four kinds and no registry, and so is a quick way to see that the right cluster is meant, and what of it --org, --space and --app choose. With -o name each line is what these flags take.';
  static override examples = [
    '<%= config.bin %> list --context old-site',
    {
      description: 'The apps of an org, with their GUIDs',
      command: '<%= config.bin %> list --org acme -o wide',
    },
  ];
  static override usage = 'list [FLAGS]';
  static override flags = { org, space, app, ...clusterFlags, ...listOutputFlags, v };

  async run(): Promise<void> {
    const { flags } = await this.parse(List);
    const [{ listFoundation }, { printList }, { listReport, namesIn }] = await Promise.all([
      import('./runs/list.ts'),
      import('../progress/print-list.ts'),
      import('../progress/list-report.ts'),
    ]);
    const result = await listFoundation(flags);
    await printList(flags.output, {
      document: result,
      text: wide => listReport(result, wide),
      names: () => namesIn(result),
    });
  }
}
