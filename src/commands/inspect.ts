import { EXIT } from '../base/errors.ts';
import { archiveArgs } from './archive-args.ts';
import { BaseCommand } from './base.ts';
import { outputFlags } from './flags/output.ts';
import { signerFlags } from './flags/signing.ts';

export default class Inspect extends BaseCommand {
  static override summary = 'Show what is in an archive, without reading its images';
  static override examples = [
    '<%= config.bin %> inspect backup.tar',
    '<%= config.bin %> inspect backup.tar -o json',
  ];
  static override usage = 'inspect FILE…|- [FLAGS]';
  static override args = archiveArgs;
  static override flags = { ...signerFlags, ...outputFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Inspect);
    const [
      { runInspect },
      { printDocument, printResult, tolerateClosedStreams },
      { inspectReport },
      { layoutReport },
    ] = await Promise.all([
      import('./run-inspect.ts'),
      import('../progress/console.ts'),
      import('../progress/report.ts'),
      import('../progress/layout-report.ts'),
    ]);
    tolerateClosedStreams();
    const result = await runInspect(args.files, flags);
    if (flags.output !== undefined) await printDocument(result, flags.output as 'json' | 'yaml');
    else await printResult('holds' in result ? layoutReport(result) : inspectReport(result, new Date()));
    process.exitCode = EXIT.done;
  }
}
