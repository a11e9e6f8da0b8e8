import * as Flags from '@oclif/core/flags';

const base = (summary: string) =>
  Flags.string({ helpGroup: 'MEDIA', helpValue: 'FILE', summary, multiple: true, multipleNonGreedy: true });

/** The archive that an export leaves layers to; docs/media.md. */
export const leaveToFlag = {
  base: base(
    'Make a differential archive: leave out the image layers that this one has, an archive, its parts or their folder',
  ),
};

/** Where what an archive left to others is read from. */
export const baseFlag = {
  base: base(
    'The archive that a differential one was made against, its parts or their folder; may be repeated, for the base of the base',
  ),
};
