import { Flags } from '@oclif/core';

const helpGroup = 'REGISTRY';

/** How to reach registries. */
export const registryFlags = {
  'registry-ca': Flags.string({
    helpGroup,
    helpValue: 'FILE',
    summary:
      'Certificate authorities (PEM) that registries may be signed by, besides the well-known ones; may be repeated',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'plain-http': Flags.string({
    helpGroup,
    helpValue: 'HOST[:PORT]',
    summary: 'A registry that does not speak TLS; may be repeated. Loopback ones need not be named',
    multiple: true,
    multipleNonGreedy: true,
  }),
};
