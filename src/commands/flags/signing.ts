import * as Flags from '@oclif/core/flags';

const helpGroup = 'SIGNATURE';

/** How an archive is signed. */
export const signFlags = {
  'sign-key': Flags.string({
    helpGroup,
    helpValue: 'FILE',
    summary:
      'Sign with this ed25519 key of ssh: a private key, or the public one of a key that the ssh agent has',
  }),
  'sign-passphrase-fd': Flags.integer({
    helpGroup,
    helpValue: 'N',
    min: 0,
    summary: 'Read the passphrase of the key to sign with from this file descriptor',
    dependsOn: ['sign-key'],
  }),
};

/** Whose signature an archive must have. */
export const signerFlags = {
  'allowed-signers': Flags.string({
    helpGroup,
    helpValue: 'FILE',
    summary:
      'Take only an archive that is signed by one of these, in the form of ssh-keygen; may be repeated',
    multiple: true,
    multipleNonGreedy: true,
  }),
};
