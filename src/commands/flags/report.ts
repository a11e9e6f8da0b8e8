import * as Flags from '@oclif/core/flags';

/** What is left behind of a run; docs/reports.md. */
export const reportFlags = {
  report: Flags.string({
    helpGroup: 'OUTPUT',
    helpValue: 'FILE.{json,md,html}',
    summary: 'Write a report of the run, in the form that the ending names; may be repeated',
    multiple: true,
    multipleNonGreedy: true,
  }),
};
