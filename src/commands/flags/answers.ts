import * as Flags from '@oclif/core/flags';

const helpGroup = 'WIZARD';

/** What a wizard asked, kept and said again; docs/wizard.md. */
export const answerFlags = {
  answers: Flags.string({
    helpGroup,
    helpValue: 'FILE',
    summary: 'Take the answers of a wizard from this file, and ask nothing',
    exclusive: ['save-answers'],
  }),
  'save-answers': Flags.string({
    helpGroup,
    helpValue: 'FILE',
    summary: "Keep the wizard's answers in this file, for --answers",
  }),
};
