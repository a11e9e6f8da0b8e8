import { EXIT, type ExitCode } from '../base/errors.ts';
import { VERSION } from '../base/version.ts';
import type { VerifyResult } from '../progress/results/archive.ts';
import { archiveArgs } from './flags/archive-args.ts';
import { baseFlag } from './flags/base.ts';
import { outputFlags, progressFlags } from './flags/output.ts';
import { reportFlags } from './flags/report.ts';
import { openFlags } from './flags/secrets.ts';
import { signerFlags } from './flags/signing.ts';
import { BaseCommand } from './program/base.ts';

export default class Verify extends BaseCommand {
  static override summary =
    'Check that an archive is whole: every digest, the seal, every image that a resource names';
  static override description = [
    'Reads the whole archive. Ends with exit code 4 and the name of the damaged entry when a single bit is wrong, and with 3 when the archive is intact but its export already reported something missing. Secrets are only decrypted when a key is given; their digests are checked in any case.',
    'A tar of images that skopeo ("oci-archive:") or regctl ("image export") made is checked too: every digest, and that all is there that its images name.',
    'Of a differential archive, what it left to its base is checked too when that is given with --base; without it the exit code is 6: all that is here is right, and it is not all.',
  ].join('\n\n');
  static override examples = [
    '<%= config.bin %> verify backup.tar',
    '<%= config.bin %> verify - < backup.tar',
    '<%= config.bin %> verify backup.tar --allowed-signers signers.txt',
    '<%= config.bin %> verify monday.tar --base sunday.tar',
  ];
  static override usage = 'verify FILE…|- [FLAGS]';
  static override args = archiveArgs;
  static override flags = {
    ...baseFlag,
    ...openFlags,
    ...signerFlags,
    ...outputFlags,
    ...reportFlags,
    ...progressFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Verify);
    const [
      { runVerify },
      { nameOf },
      { Reporting },
      { printDocument, printResult },
      { verifyReport },
      { layoutReport },
      { verifyDocument },
    ] = await Promise.all([
      import('./runs/verify.ts'),
      import('./from-flags/media.ts'),
      import('./runs/reporting.ts'),
      import('../progress/console.ts'),
      import('../progress/report.ts'),
      import('../progress/layout-report.ts'),
      import('../progress/reports/build-checks.ts'),
    ]);
    const file = nameOf(args.files);
    const reporting = await Reporting.open('verify', file, flags.report, VERSION);
    const result = await reporting.around(() => runVerify(args.files, flags, reporting), verifyDocument);
    if (flags.output !== undefined) await printDocument(result, flags.output as 'json' | 'yaml');
    else await printResult('holds' in result ? layoutReport(result) : verifyReport(result));
    if (!('holds' in result)) process.exitCode = exitOf(result);
    reporting.check();
  }
}

/** What weighs most. */
function exitOf({ missing, base, losses }: VerifyResult): ExitCode {
  if (missing.length > 0) return EXIT.damaged;
  if ((base?.unchecked ?? 0) > 0) return EXIT.unchecked;
  return losses.length > 0 ? EXIT.losses : EXIT.done;
}
