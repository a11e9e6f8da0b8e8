import * as Flags from '@oclif/core/flags';

const helpGroup = 'MEDIA';

/** How an archive is cut into parts; docs/media.md. */
export const volumeFlags = {
  'volume-size': Flags.string({
    helpGroup,
    helpValue: 'SIZE',
    summary:
      'Cut the archive into files of at most this size: 4GiB-1, 700MB, a number of bytes, fat32, dvd or bluray',
  }),
};

export const resumeFlag = {
  resume: Flags.boolean({
    helpGroup,
    summary: 'Go on with an export to this file that was interrupted, to the same bytes',
  }),
};

export const verifyFlag = {
  verify: Flags.boolean({
    helpGroup,
    summary: 'Read the archive back once it is written, from the medium itself where the system lets it',
  }),
};

export const overwriteFlag = {
  overwrite: Flags.boolean({ summary: 'Replace the file if it exists, once the new one is whole' }),
};
