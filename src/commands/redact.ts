import { archiveArgs } from './flags/archive-args.ts';
import { progressFlags } from './flags/output.ts';
import { rewriteFlags } from './flags/rewriting.ts';
import { openFlags } from './flags/secrets.ts';
import { BaseCommand } from './program/base.ts';

export default class Redact extends BaseCommand {
  static override summary = 'Make a copy of an archive without secrets and images, to show to others';
  static override description =
    'Every object is there, with its keys, names, references and status. Values of Secrets and ConfigMaps, and whatever else is or could be secret, are replaced by one marker, whatever their length. Images are left out. The copy can be inspected and verified, and is never restored. Needs neither cluster nor registry.';
  static override examples = [
    '<%= config.bin %> redact backup.tar --identity key.txt --output for-support.tar',
  ];
  static override usage = 'redact FILE…|- --output FILE|- [FLAGS]';
  static override args = archiveArgs;
  static override flags = { ...rewriteFlags, ...openFlags, ...progressFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Redact);
    const [{ runRedact }, { printRewrite }] = await Promise.all([
      import('./runs/redact.ts'),
      import('./runs/rewritten.ts'),
    ]);
    process.exitCode = await printRewrite(await runRedact(args.files, flags), 'redacted', flags.quiet);
  }
}
