import * as Flags from '@oclif/core/flags';
import { PROGRESS_MODES } from '../../progress/choose.ts';

const helpGroup = 'OUTPUT';

/** How a result is printed. */
export const outputFlags = {
  output: Flags.string({
    char: 'o',
    helpGroup,
    summary: 'Print the result as one document on standard output',
    options: ['json', 'yaml'],
  }),
};

/** How a result is printed that is a list of things. */
export const listOutputFlags = {
  output: Flags.string({
    char: 'o',
    helpGroup,
    summary: 'Print as one document, as names alone, or with all that is known of each',
    options: ['json', 'yaml', 'name', 'wide'],
  }),
};

/** How a run is shown while it lasts. */
export const progressFlags = {
  progress: Flags.string({
    helpGroup,
    summary: 'How progress is shown, on standard error',
    options: [...PROGRESS_MODES],
    default: 'auto',
  }),
  v: Flags.integer({
    char: 'v',
    helpGroup,
    helpValue: 'LEVEL',
    summary: 'How much is told on standard error beside progress: 6 is every request, 7 their headers too',
    min: 0,
    default: 0,
  }),
  'log-file': Flags.string({
    helpGroup,
    helpValue: 'FILE',
    summary: 'Also write everything that is told, each line with its time, at the end of this file',
  }),
  quiet: Flags.boolean({ char: 'q', helpGroup, summary: 'Print errors and the result only' }),
};
