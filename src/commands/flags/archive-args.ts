import * as Args from '@oclif/core/args';

/** How a command is told what archive to read. */
export const archiveArgs = {
  files: Args.string({
    required: true,
    multiple: true,
    description: 'The archive to read, or all parts of it in any order; - is standard input',
  }),
};
