import type { SealSigner } from '../../archive/signature.ts';
import { agentSigner } from '../../archive/ssh/agent.ts';
import { type AllowedSigner, parseAllowedSigners } from '../../archive/ssh/allowed-signers.ts';
import { isPrivateKey, readPrivateKey } from '../../archive/ssh/private-key.ts';
import { parsePublicKey, type SshPublicKey } from '../../archive/ssh/public-key.ts';
import { signerOf } from '../../archive/ssh/signature.ts';
import { WireError } from '../../archive/ssh/wire.ts';
import { Failure } from '../../base/errors.ts';
import { askPassphrase } from '../../progress/console.ts';
import { readLine, readText } from './files.ts';

interface SignFlagValues {
  readonly 'sign-key'?: string | undefined;
  readonly 'sign-passphrase-fd'?: number | undefined;
}

/**
 * The key to sign with; undefined where none was named. That it can sign is found out now.
 * @throws Failure `usage`.
 */
export async function openSigner(flags: SignFlagValues): Promise<SealSigner | undefined> {
  const path = flags['sign-key'];
  if (path === undefined) return undefined;
  const text = await readText(path, '--sign-key');
  if (!isPrivateKey(text)) {
    const publicKey = readPublic(text, path);
    return { publicKey, sign: await agentSigner(publicKey, process.env.SSH_AUTH_SOCK) };
  }
  const descriptor = flags['sign-passphrase-fd'];
  const pair = await readPrivateKey(text, path, () =>
    descriptor === undefined
      ? askPassphrase(`passphrase of ${path}`, { confirm: false, hint: 'pass --sign-passphrase-fd N' })
      : readLine(descriptor),
  );
  return { publicKey: pair.publicKey, sign: signerOf(pair) };
}

interface SignerFlagValues {
  readonly 'allowed-signers'?: string[] | undefined;
}

/** Who may have signed; undefined where it does not matter. @throws Failure `usage`. */
export async function readAllowedSigners(flags: SignerFlagValues): Promise<AllowedSigner[] | undefined> {
  const paths = flags['allowed-signers'];
  if (paths === undefined) return undefined;
  const files = await Promise.all(
    paths.map(async path => parseAllowedSigners(await readText(path, '--allowed-signers'), path)),
  );
  return files.flat();
}

function readPublic(text: string, path: string): SshPublicKey {
  try {
    return parsePublicKey(text);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new Failure('usage', `it is no ed25519 key of ssh: ${error.message}`, {
      subject: path,
      hints: ['make one with: ssh-keygen -t ed25519 -f FILE'],
    });
  }
}
