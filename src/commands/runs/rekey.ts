import { rekey } from '../../archive/rekey.ts';
import { Failure } from '../../base/errors.ts';
import { descriptorOf } from '../../foundation/catalog.ts';
import type { RewriteResult } from '../../progress/results/archive.ts';
import { openOpener, openSealer } from '../from-flags/secrets.ts';
import { openSigner } from '../from-flags/signing.ts';
import { type RewriteFlagValues, runRewrite } from './rewriting.ts';

type RekeyFlags = RewriteFlagValues &
  Parameters<typeof openOpener>[1] &
  Parameters<typeof openSigner>[0] & {
    readonly recipient?: string[] | undefined;
    readonly 'recipients-file'?: string[] | undefined;
    readonly 'new-passphrase'?: boolean | undefined;
    readonly 'new-passphrase-fd'?: number | undefined;
    readonly 'new-passphrase-env'?: string | undefined;
    readonly 'plaintext-secrets'?: boolean | undefined;
  };

/** Without `new`, the flags are of the passphrase that the archive has. */
const NEW_HINT =
  'pass --recipient age1…, --recipients-file FILE, --new-passphrase-fd N, or --plaintext-secrets';

/** Encrypts an archive's secrets anew. */
export async function runRekey(files: readonly string[], flags: RekeyFlags): Promise<RewriteResult> {
  const sealing = {
    recipient: flags.recipient,
    'recipients-file': flags['recipients-file'],
    passphrase: flags['new-passphrase'],
    'passphrase-fd': flags['new-passphrase-fd'],
    'passphrase-env': flags['new-passphrase-env'],
    'plaintext-secrets': flags['plaintext-secrets'],
  };
  const sealer = await openSealer(sealing, undefined, NEW_HINT);
  const signer = await openSigner(flags);
  return runRewrite(files, flags, signer, async ({ head }) => {
    if (head.plan.redacted) {
      throw new Failure('refused', 'the archive is a redacted copy, and has no secrets to encrypt');
    }
    const opener = await openOpener(head, flags);
    const isSecret = ({ group, kind }: { group: string; kind: string }) =>
      descriptorOf(group, kind)?.secret ?? false;
    return rekey(head, { opener, sealer, isSecret, signed: signer !== undefined });
  });
}
