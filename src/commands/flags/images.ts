import * as Flags from '@oclif/core/flags';

const helpGroup = 'IMAGES';

/** What comes along with the images of an export; docs/images.md. */
export const imageFlags = {
  attached: Flags.boolean({
    helpGroup,
    summary: 'Take along what is attached to images: signatures, attestations, SBOMs, other OCI referrers',
    allowNo: true,
    default: true,
  }),
  'include-foreign-layers': Flags.boolean({
    helpGroup,
    summary: 'Fetch layers that images only refer to by URL (foreign, non-distributable layers)',
  }),
  'installed-packages-only': Flags.boolean({
    helpGroup,
    summary: 'Of package repositories take only the images of packages that are installed',
  }),
};
