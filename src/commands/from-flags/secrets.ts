import { type AgeIdentity, parseIdentities, parseRecipients } from '../../archive/age.ts';
import type { Contents } from '../../archive/head.ts';
import { type SecretOpener, type SecretSealer, secretOpener, secretSealer } from '../../archive/secrets.ts';
import { isPrivateKey, readPrivateKey } from '../../archive/ssh/private-key.ts';
import { Failure } from '../../base/errors.ts';
import { askPassphrase } from '../../progress/console.ts';
import { readLine, readText } from './files.ts';

interface PassphraseFlagValues {
  readonly 'passphrase-fd'?: number | undefined;
  readonly 'passphrase-env'?: string | undefined;
}

interface SealFlagValues extends PassphraseFlagValues {
  readonly recipient?: string[] | undefined;
  readonly 'recipients-file'?: string[] | undefined;
  readonly passphrase?: boolean | undefined;
  readonly 'plaintext-secrets'?: boolean | undefined;
}

const SEAL_HINT = 'pass --recipient age1…, --recipients-file FILE, --passphrase-fd N, or --plaintext-secrets';

/**
 * How secrets are to be kept; undefined means in plain text. What was not said is asked for on the terminal.
 * @param answered a passphrase that was asked for already
 * @param hint the flags that answer, where there is no terminal
 * @throws Failure `usage` where there is no terminal.
 */
export async function openSealer(
  flags: SealFlagValues,
  answered?: string,
  hint = SEAL_HINT,
): Promise<SecretSealer | undefined> {
  if (flags['plaintext-secrets']) return undefined;
  const files = await Promise.all(
    (flags['recipients-file'] ?? []).map(path => readText(path, '--recipients-file')),
  );
  const recipients = [...(flags.recipient ?? []), ...files.flatMap(parseRecipients)];
  if (recipients.length > 0) return secretSealer({ recipients });
  const passphrase =
    answered ??
    (await givenPassphrase(flags)) ??
    (await askPassphrase("passphrase for the backup's secrets", { confirm: true, hint }));
  return secretSealer({ passphrase });
}

interface OpenFlagValues extends PassphraseFlagValues {
  readonly identity?: string[] | undefined;
}

/** Whether anything was given that could open secrets. */
export function hasKey(flags: OpenFlagValues): boolean {
  const { identity, 'passphrase-fd': fd, 'passphrase-env': name } = flags;
  return [identity, fd, name].some(value => value !== undefined);
}

/** What was answered already, and who asks for the passphrase of a key; the terminal otherwise. */
interface Answered {
  readonly passphrase?: string | undefined;
  readonly askForKey?: (path: string) => Promise<string>;
}

/** What opens an archive's secrets; undefined when they are in plain text. A passphrase is asked for where needed. */
export async function openOpener(
  archive: Contents,
  flags: OpenFlagValues,
  { passphrase: answered, askForKey = askForKeyOnTerminal }: Answered = {},
): Promise<SecretOpener | undefined> {
  const { secrets } = archive.plan;
  const given = answered ?? (await givenPassphrase(flags));
  const files = await Promise.all((flags.identity ?? []).map(path => readIdentities(path, given, askForKey)));
  const identities = files.flat();
  if (given !== undefined) return secretOpener(archive, { identities, passphrase: given });
  if (secrets.kind === 'plaintext' || secrets.key === undefined || identities.length > 0) {
    return secretOpener(archive, { identities });
  }
  const passphrase = await askPassphrase("passphrase of the backup's secrets", {
    confirm: false,
    hint: 'pass --passphrase-fd N',
  });
  return secretOpener(archive, { passphrase });
}

/** The identities of a file as age-keygen writes it, or the one of a private key of ssh. */
async function readIdentities(
  path: string,
  given: string | undefined,
  askForKey: (path: string) => Promise<string>,
): Promise<AgeIdentity[]> {
  const text = await readText(path, '--identity');
  if (!isPrivateKey(text)) return parseIdentities(text);
  return [await readPrivateKey(text, path, async () => given ?? askForKey(path))];
}

function askForKeyOnTerminal(path: string): Promise<string> {
  return askPassphrase(`passphrase of ${path}`, { confirm: false, hint: 'pass --passphrase-fd N' });
}

/**
 * The passphrase from the place that flags name, which may be a pipe and is read once.
 * @throws Failure `usage` when it has none
 */
export async function givenPassphrase(flags: PassphraseFlagValues): Promise<string | undefined> {
  const { 'passphrase-fd': descriptor, 'passphrase-env': name } = flags;
  if (descriptor !== undefined) return readLine(descriptor);
  if (name === undefined) return undefined;
  const passphrase = process.env[name];
  if (passphrase !== undefined && passphrase !== '') return passphrase;
  throw new Failure('usage', 'there is no passphrase in the environment variable', { subject: name });
}
