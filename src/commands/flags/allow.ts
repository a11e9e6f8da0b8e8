import * as Flags from '@oclif/core/flags';

/** What of an archive a person lets pass that is refused otherwise. */
export const allowFlag = {
  allow: Flags.string({
    helpValue: 'KIND/NAME',
    summary:
      'Something in the archive that a restore refuses otherwise, as the refusal names it; may be repeated',
    multiple: true,
    multipleNonGreedy: true,
  }),
};
