import * as Args from '@oclif/core/args';
import { EXIT } from '../base/errors.ts';
import { overwriteFlag, volumeFlags } from './flags/media.ts';
import { outputFlags, progressFlags } from './flags/output.ts';
import { BaseCommand } from './program/base.ts';

export default class Split extends BaseCommand {
  static override summary = 'Cut an archive into parts, for media that it is too large for';
  static override description =
    'Every part says which backup it belongs to, its number and its digest; the last says how many there are. All commands read the parts as they are, in any order, and join makes the archive of them again, byte for byte. On a terminal you are asked for the next medium when a part does not fit on the one before. Needs neither cluster nor registry.';
  static override examples = [
    '<%= config.bin %> split backup.tar --volume-size 4GiB-1',
    '<%= config.bin %> split backup.tar /media/stick/backup.tar --volume-size fat32',
  ];
  static override usage = 'split FILE [AS] --volume-size SIZE [FLAGS]';
  static override args = {
    file: Args.string({ required: true, description: 'The archive to cut' }),
    as: Args.string({ description: 'The path after which the parts are named; FILE itself by default' }),
  };
  static override flags = {
    'volume-size': { ...volumeFlags['volume-size'], required: true } as (typeof volumeFlags)['volume-size'],
    ...overwriteFlag,
    ...outputFlags,
    ...progressFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Split);
    const [{ runSplit }, { printDocument, printResult }, { splitReport }] = await Promise.all([
      import('./runs/split.ts'),
      import('../progress/console.ts'),
      import('../progress/copy-report.ts'),
    ]);
    const result = await runSplit(args.file, args.as ?? args.file, flags);
    if (flags.output === undefined) await printResult(splitReport(result));
    else await printDocument(result, flags.output as 'json' | 'yaml');
    process.exitCode = EXIT.done;
  }
}
