import { archiveArgs } from './flags/archive-args.ts';
import { listOutputFlags } from './flags/output.ts';
import { signerFlags } from './flags/signing.ts';
import { BaseCommand } from './program/base.ts';

export default class Inspect extends BaseCommand {
  static override summary = 'Show what is in an archive, without reading its images';
  static override examples = [
    '<%= config.bin %> inspect backup.tar',
    '<%= config.bin %> inspect backup.tar -o json',
    {
      description: 'The images inside, and who uses each',
      command: '<%= config.bin %> inspect backup.tar -o wide',
    },
  ];
  static override usage = 'inspect FILE…|- [FLAGS]';
  static override args = archiveArgs;
  static override flags = { ...signerFlags, ...listOutputFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Inspect);
    const [
      { runInspect },
      { printList },
      { inspectReport },
      { layoutReport },
      { namesInArchive, namesInLayout },
    ] = await Promise.all([
      import('./runs/inspect.ts'),
      import('../progress/print-list.ts'),
      import('../progress/inspect-report.ts'),
      import('../progress/layout-report.ts'),
      import('../progress/list-report.ts'),
    ]);
    const result = await runInspect(args.files, flags);
    await printList(flags.output, {
      document: result,
      text: wide => ('holds' in result ? layoutReport(result) : inspectReport(result, new Date(), wide)),
      names: () => ('holds' in result ? namesInLayout(result) : namesInArchive(result)),
    });
  }
}
