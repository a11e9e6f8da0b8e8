import * as Args from '@oclif/core/args';
import { EXIT } from '../base/errors.ts';
import { progressFlags } from './flags/output.ts';
import { rewriteFlags } from './flags/rewriting.ts';
import { signFlags } from './flags/signing.ts';
import { BaseCommand } from './program/base.ts';

export default class Repair extends BaseCommand {
  static override summary = 'Make of a damaged archive a smaller one that is whole';
  static override description =
    'Goes through the file, or through what there is of its parts, and keeps every resource and every image of which each byte is as it was written, wherever it stands, and nothing else. What is lost is listed by image and by resource, here and in the new archive, which can be restored and ends with exit code 3 then. The old file is only read. Without the plan, one entry of the archive, nothing can be kept. Needs neither cluster nor registry, and no key.';
  static override examples = [
    '<%= config.bin %> repair damaged.tar --output repaired.tar',
    '<%= config.bin %> repair backup.001.tar --output repaired.tar',
  ];
  static override usage = 'repair FILE… --output FILE|- [FLAGS]';
  static override args = {
    files: Args.string({
      required: true,
      multiple: true,
      description: 'The damaged archive, on a disk, or what there is of its parts',
    }),
  };
  static override flags = {
    ...rewriteFlags,
    ...signFlags,
    ...progressFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Repair);
    const [{ runRepair }, { printResult }, { repairReport }] = await Promise.all([
      import('./runs/repair.ts'),
      import('../progress/console.ts'),
      import('../progress/copy-report.ts'),
    ]);
    const [first = '', ...more] = args.files;
    const result = await runRepair([first, ...more], flags);
    if (result.file === '-') process.stderr.write(flags.quiet ? '' : `${repairReport(result)}\n`);
    else await printResult(repairReport(result));
    process.exitCode = result.lost.length + result.losses.length > 0 ? EXIT.losses : EXIT.done;
  }
}
