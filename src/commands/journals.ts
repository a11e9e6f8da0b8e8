import * as Flags from '@oclif/core/flags';
import { listOutputFlags } from './flags/output.ts';
import { BaseCommand } from './program/base.ts';

export default class Journals extends BaseCommand {
  static override summary =
    'List the journals of restores: what was restored when and where, and how it ended';
  static override description =
    'Every restore notes each of its writes in a journal before and after it happens. With a journal, restore --resume goes on with what was interrupted, and undo takes back what was made.';
  static override examples = [
    '<%= config.bin %> journals',
    '<%= config.bin %> journals --journal /var/lib/restores -o json',
  ];
  static override usage = 'journals [FLAGS]';
  static override flags = {
    journal: Flags.string({
      helpValue: 'DIR',
      summary: 'The folder to look in; a folder of yours otherwise',
    }),
    ...listOutputFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Journals);
    const [{ describeJournals }, { printList }, { journalsReport }] = await Promise.all([
      import('./runs/journals.ts'),
      import('../progress/print-list.ts'),
      import('../progress/journals-report.ts'),
    ]);
    const result = await describeJournals(flags.journal);
    await printList(flags.output, {
      document: result,
      text: wide => journalsReport(result, new Date(), wide),
      names: () => result.journals.map(({ path }) => path),
    });
  }
}
