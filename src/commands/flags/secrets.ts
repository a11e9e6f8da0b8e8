import { Flags } from '@oclif/core';

const helpGroup = 'SECRETS';

/** How an export keeps secrets. */
export const sealFlags = {
  recipient: Flags.string({
    char: 'r',
    helpGroup,
    helpValue: 'RECIPIENT',
    summary: 'age recipient (age1…) to encrypt secrets to; may be repeated',
    multiple: true,
    multipleNonGreedy: true,
    exclusive: ['passphrase', 'passphrase-fd', 'plaintext-secrets'],
  }),
  'recipients-file': Flags.string({
    char: 'R',
    helpGroup,
    helpValue: 'FILE',
    summary: 'File of age recipients, one a line; may be repeated',
    multiple: true,
    multipleNonGreedy: true,
    exclusive: ['passphrase', 'passphrase-fd', 'plaintext-secrets'],
  }),
  passphrase: Flags.boolean({
    helpGroup,
    summary: 'Encrypt secrets with a passphrase, asked for on the terminal',
    exclusive: ['passphrase-fd', 'plaintext-secrets'],
  }),
  'passphrase-fd': Flags.integer({
    helpGroup,
    helpValue: 'N',
    min: 0,
    summary: 'Read the passphrase from this file descriptor, up to the first line break',
    exclusive: ['plaintext-secrets'],
  }),
  'plaintext-secrets': Flags.boolean({ helpGroup, summary: 'Keep secrets in plain text in the archive' }),
};

/** How secrets of an archive are opened. */
export const openFlags = {
  identity: Flags.string({
    char: 'i',
    helpGroup,
    helpValue: 'FILE',
    summary: 'File of age identities that open the secrets; may be repeated',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'passphrase-fd': Flags.integer({
    helpGroup,
    helpValue: 'N',
    min: 0,
    summary: 'Read the passphrase from this file descriptor, up to the first line break',
  }),
};
