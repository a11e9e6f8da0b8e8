import * as Args from '@oclif/core/args';
import { progressFlags } from './flags/output.ts';
import { rewriteFlags } from './flags/rewriting.ts';
import { signFlags } from './flags/signing.ts';
import { BaseCommand } from './program/base.ts';

export default class Merge extends BaseCommand {
  static override summary = 'Make one whole archive of a differential one and its base';
  static override description =
    'Puts back what a differential archive left to its base, or that one to its own base: give the whole chain, in any order. The new archive is byte for byte what the export would have been without --base. A signature holds no longer: sign the new archive with --sign-key. Every layer is checked; nothing is written when one is missing. Needs neither cluster nor registry, and no key.';
  static override examples = [
    '<%= config.bin %> merge monday.tar sunday.tar --output whole.tar',
    '<%= config.bin %> merge tuesday.tar monday.tar sunday.tar --output whole.tar',
  ];
  static override usage = 'merge FILE|- BASE… --output FILE|- [FLAGS]';
  static override args = {
    files: Args.string({
      required: true,
      multiple: true,
      description:
        'The differential archive, then its base, the base of that, and so on; of one in parts, one of them or their folder',
    }),
  };
  static override flags = { ...rewriteFlags, ...signFlags, ...progressFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Merge);
    const [{ runMerge }, { printRewrite }] = await Promise.all([
      import('./runs/merge.ts'),
      import('./runs/rewritten.ts'),
    ]);
    process.exitCode = await printRewrite(await runMerge(args.files, flags), 'merged', flags.quiet);
  }
}
