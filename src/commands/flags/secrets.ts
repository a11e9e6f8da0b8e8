import * as Flags from '@oclif/core/flags';

const helpGroup = 'SECRETS';

const many = { helpGroup, multiple: true, multipleNonGreedy: true } as const;

function recipientFlags(exclusive: string[]) {
  return {
    recipient: Flags.string({
      ...many,
      char: 'r',
      helpValue: 'RECIPIENT',
      summary: 'Whom to encrypt secrets to: age1…, or "ssh-ed25519 AAAA…"; may be repeated',
      exclusive,
    }),
    'recipients-file': Flags.string({
      ...many,
      char: 'R',
      helpValue: 'FILE',
      summary: 'File of recipients, one a line; may be repeated',
      exclusive,
    }),
    'plaintext-secrets': Flags.boolean({ helpGroup, summary: 'Keep secrets in plain text in the archive' }),
  };
}

function passphraseFd(what: string, exclusive: string[]) {
  return Flags.integer({
    helpGroup,
    helpValue: 'N',
    min: 0,
    summary: `Read the ${what} from this file descriptor, up to the first line break`,
    exclusive,
  });
}

function passphraseEnv(what: string, exclusive: string[]) {
  return Flags.string({
    helpGroup,
    helpValue: 'NAME',
    summary: `Take the ${what} from the environment variable of this name`,
    exclusive,
  });
}

/** How an export keeps secrets. */
export const sealFlags = {
  ...recipientFlags(['passphrase', 'passphrase-fd', 'passphrase-env', 'plaintext-secrets']),
  passphrase: Flags.boolean({
    helpGroup,
    summary: 'Encrypt secrets with a passphrase, asked for on the terminal',
    exclusive: ['passphrase-fd', 'passphrase-env', 'plaintext-secrets'],
  }),
  'passphrase-fd': passphraseFd('passphrase', ['passphrase-env', 'plaintext-secrets']),
  'passphrase-env': passphraseEnv('passphrase', ['plaintext-secrets']),
};

/** How an archive's secrets are to be kept from now on, beside {@link openFlags}. */
export const resealFlags = {
  ...recipientFlags(['new-passphrase', 'new-passphrase-fd', 'new-passphrase-env', 'plaintext-secrets']),
  'new-passphrase': Flags.boolean({
    helpGroup,
    summary: 'Encrypt secrets with a new passphrase, asked for on the terminal',
    exclusive: ['new-passphrase-fd', 'new-passphrase-env', 'plaintext-secrets'],
  }),
  'new-passphrase-fd': passphraseFd('new passphrase', ['new-passphrase-env', 'plaintext-secrets']),
  'new-passphrase-env': passphraseEnv('new passphrase', ['plaintext-secrets']),
};

/** How secrets of an archive are opened. */
export const openFlags = {
  identity: Flags.string({
    ...many,
    char: 'i',
    helpValue: 'FILE',
    summary: 'File of age identities, or ed25519 key of ssh, that opens the secrets; may be repeated',
  }),
  'passphrase-fd': passphraseFd('passphrase of the archive or of the identity', ['passphrase-env']),
  'passphrase-env': passphraseEnv('passphrase of the archive or of the identity', []),
};
