import * as Flags from '@oclif/core/flags';

/** What of the foundation is called otherwise in the target, wherever its images are. */
export const nameFlags = {
  'domain-map': Flags.string({
    helpValue: 'OLD=NEW',
    summary: 'Which domain of the target routes on a domain of the source come to; may be repeated',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'subject-map': Flags.string({
    helpValue: 'FILE|User/OLD=NEW',
    summary:
      'New names for users and groups that have roles: a YAML file, or one of them as User/OLD=NEW or Group/OLD=NEW; may be repeated',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'package-version': Flags.option({
    options: ['keep', 'constraint'] as const,
    default: 'keep',
    summary: 'Installed packages come back in the version that ran, or in any that their constraint allows',
  })(),
};

/** What is called otherwise in the target. */
export const mapFlags = {
  'registry-map': Flags.string({
    helpValue: 'FROM=TO',
    summary:
      'Where images go: a registry, repository or prefix of the source and its place on the target; may be repeated',
    multiple: true,
    multipleNonGreedy: true,
  }),
  ...nameFlags,
  'pull-secret-map': Flags.string({
    helpValue: 'HOST=NAMESPACE/NAME',
    summary:
      "Which Secret of the target has the login that pull secrets for a registry of the source get; yours or Korifi's own otherwise; may be repeated",
    multiple: true,
    multipleNonGreedy: true,
  }),
};
