import { parseIdentities, parseRecipients } from '../archive/age.ts';
import type { Contents } from '../archive/head.ts';
import { type SecretOpener, type SecretSealer, secretOpener, secretSealer } from '../archive/secrets.ts';
import { askPassphrase } from '../progress/console.ts';
import { readLine, readText } from './files.ts';

interface SealFlagValues {
  readonly recipient?: string[] | undefined;
  readonly 'recipients-file'?: string[] | undefined;
  readonly passphrase?: boolean | undefined;
  readonly 'passphrase-fd'?: number | undefined;
  readonly 'plaintext-secrets'?: boolean | undefined;
}

const SEAL_HINT = 'pass --recipient age1…, --recipients-file FILE, --passphrase-fd N, or --plaintext-secrets';

/**
 * How secrets are to be kept; undefined means in plain text. What was not said is asked for on the terminal.
 * @throws Failure `usage` where there is no terminal.
 */
export async function openSealer(flags: SealFlagValues): Promise<SecretSealer | undefined> {
  if (flags['plaintext-secrets']) return undefined;
  const files = await Promise.all(
    (flags['recipients-file'] ?? []).map(path => readText(path, '--recipients-file')),
  );
  const recipients = [...(flags.recipient ?? []), ...files.flatMap(parseRecipients)];
  if (recipients.length > 0) return secretSealer({ recipients });
  const descriptor = flags['passphrase-fd'];
  const passphrase =
    descriptor === undefined
      ? await askPassphrase("passphrase for the backup's secrets", { confirm: true, hint: SEAL_HINT })
      : await readLine(descriptor);
  return secretSealer({ passphrase });
}

interface OpenFlagValues {
  readonly identity?: string[] | undefined;
  readonly 'passphrase-fd'?: number | undefined;
}

/** What opens an archive's secrets; undefined when they are in plain text. A passphrase is asked for where needed. */
export async function openOpener(
  archive: Contents,
  flags: OpenFlagValues,
): Promise<SecretOpener | undefined> {
  const { secrets } = archive.plan;
  const files = await Promise.all((flags.identity ?? []).map(path => readText(path, '--identity')));
  const identities = files.flatMap(parseIdentities);
  const descriptor = flags['passphrase-fd'];
  if (descriptor !== undefined)
    return secretOpener(archive, { identities, passphrase: await readLine(descriptor) });
  if (secrets.kind === 'plaintext' || secrets.key === undefined || identities.length > 0) {
    return secretOpener(archive, { identities });
  }
  const passphrase = await askPassphrase("passphrase of the backup's secrets", {
    confirm: false,
    hint: 'pass --passphrase-fd N',
  });
  return secretOpener(archive, { passphrase });
}
