import * as Flags from '@oclif/core/flags';

const helpGroup = 'SELECTION';

function repeated(helpValue: string, summary: string, char?: 'n') {
  return Flags.string({
    ...(char && { char }),
    helpGroup,
    helpValue,
    summary: `${summary}; may be repeated`,
    multiple: true,
    multipleNonGreedy: true,
  });
}

/** Which part of a foundation is meant; docs/selection.md. */
export const selectionFlags = {
  org: repeated('ORG', 'Only this org, with all that is in it: a name or GUID, with * and ?'),
  space: repeated('[ORG/]SPACE', 'Only this space, with all that is in it'),
  app: repeated('[[ORG/]SPACE/]APP', 'Only this app, with all that it is made of and needs'),
  namespace: repeated('NAMESPACE', 'Only what is in this namespace', 'n'),
  selector: Flags.string({
    char: 'l',
    helpGroup,
    helpValue: 'LABELS',
    summary: 'Only what has these labels, as tier=web,!internal',
  }),
  include: repeated('KIND', 'Only objects of this kind, with what they need'),
  exclude: repeated('KIND', 'No objects of this kind, whoever needs them'),
  installation: Flags.boolean({
    helpGroup,
    summary: 'Take what installs the foundation, or leave it and take CF alone',
    allowNo: true,
  }),
  images: Flags.boolean({ helpGroup, summary: 'Take the images along', allowNo: true, default: true }),
  droplets: Flags.option({
    options: ['current', 'all'] as const,
    helpGroup,
    default: 'all',
    summary: 'Take of each app the droplet that it runs, or every one',
  })(),
  history: Flags.boolean({
    helpGroup,
    summary: 'Take failed builds and old packages too; the default is with --droplets all',
    allowNo: true,
  }),
};
