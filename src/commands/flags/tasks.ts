import * as Flags from '@oclif/core/flags';

/** What becomes of tasks; none of them runs again in any case. */
export const taskFlags = {
  tasks: Flags.option({
    options: ['none', 'history'] as const,
    default: 'none',
    summary: 'Whether tasks that have ended come back as history, which never run again',
  })(),
};
