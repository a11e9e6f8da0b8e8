import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { EXIT } from '../base/errors.ts';
import { overwriteFlag } from './flags/media.ts';
import { progressFlags } from './flags/output.ts';
import { BaseCommand } from './program/base.ts';

export default class Join extends BaseCommand {
  static override summary = 'Make one archive of its parts';
  static override description =
    'The parts may be given in any order, from several folders; a folder stands for all parts in it, and of a part what lies beside it is found by itself. Each is checked against its digest. On a terminal you are asked for a part that is not there. Needs neither cluster nor registry.';
  static override examples = [
    '<%= config.bin %> join backup.001.tar backup.002.tar',
    '<%= config.bin %> join /media/one /media/two --output backup.tar',
    '<%= config.bin %> join backup.001.tar --output - | ssh vault "cat > backup.tar"',
  ];
  static override usage = 'join PART… [FLAGS]';
  static override args = {
    parts: Args.string({
      required: true,
      multiple: true,
      description: 'The parts, or the folders that they are in',
    }),
  };
  static override flags = {
    output: Flags.string({
      char: 'o',
      helpValue: 'FILE|-',
      summary: 'The archive to write; by default it is beside the first part, under the name that was cut',
    }),
    ...overwriteFlag,
    ...progressFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Join);
    const [{ runJoin }, { printResult }, { joinReport }] = await Promise.all([
      import('./runs/join.ts'),
      import('../progress/console.ts'),
      import('../progress/copy-report.ts'),
    ]);
    const result = await runJoin(args.parts, flags);
    if (result.file === '-') process.stderr.write(flags.quiet ? '' : `${joinReport(result)}\n`);
    else await printResult(joinReport(result));
    process.exitCode = EXIT.done;
  }
}
