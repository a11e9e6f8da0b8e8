import { archiveArgs } from './flags/archive-args.ts';
import { progressFlags } from './flags/output.ts';
import { rewriteFlags } from './flags/rewriting.ts';
import { openFlags, resealFlags } from './flags/secrets.ts';
import { signFlags } from './flags/signing.ts';
import { BaseCommand } from './program/base.ts';

export default class Rekey extends BaseCommand {
  static override summary = 'Encrypt the secrets of an archive to others';
  static override description =
    'Decrypts the secrets with the key of the archive and encrypts them to new recipients or a new passphrase. Images and all other resources keep their bytes. The new archive appears under its name only when all of the old one has been found right, so it may have the name of the old one, with --overwrite. A signature holds no longer: sign the new archive with --sign-key. Needs neither cluster nor registry.';
  static override examples = [
    '<%= config.bin %> rekey backup.tar --identity key.txt --recipient age1… --output new.tar',
    '<%= config.bin %> rekey backup.tar --identity key.txt --recipients-file keys.txt --output backup.tar --overwrite',
  ];
  static override usage = 'rekey FILE…|- --output FILE|- [FLAGS]';
  static override args = archiveArgs;
  static override flags = { ...rewriteFlags, ...openFlags, ...resealFlags, ...signFlags, ...progressFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Rekey);
    const [{ runRekey }, { printRewrite }] = await Promise.all([
      import('./runs/rekey.ts'),
      import('./runs/rewritten.ts'),
    ]);
    process.exitCode = await printRewrite(await runRekey(args.files, flags), 'rekeyed', flags.quiet);
  }
}
