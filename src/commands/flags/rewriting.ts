import * as Flags from '@oclif/core/flags';
import { overwriteFlag } from './media.ts';

/** Where a changed archive goes. */
export const rewriteFlags = {
  output: Flags.string({
    char: 'o',
    helpValue: 'FILE|-',
    summary: 'The archive to write; - is standard output',
    required: true,
  }),
  ...overwriteFlag,
};
