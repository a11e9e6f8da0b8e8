import * as Flags from '@oclif/core/flags';
import { TRANSFERS_IN_FLIGHT } from '../../base/limits.ts';

const helpGroup = 'REGISTRY';

/** How to reach registries. */
export const registryFlags = {
  concurrency: Flags.integer({
    helpGroup,
    helpValue: 'N',
    min: 1,
    max: TRANSFERS_IN_FLIGHT,
    summary: `Transfers from or to registries at a time, at most ${TRANSFERS_IN_FLIGHT}; fewer spare a busy registry`,
  }),
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
  'insecure-registry': Flags.string({
    helpGroup,
    helpValue: 'HOST[:PORT]',
    summary: 'A registry whose certificate is not checked; may be repeated',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'registry-endpoint': Flags.string({
    helpGroup,
    helpValue: 'HOST[:PORT]=PLACE',
    summary:
      'Where to reach a registry whose name only the cluster can resolve: a URL, or svc:NAMESPACE/NAME:PORT, a Service that is reached through the API server; may be repeated',
    multiple: true,
    multipleNonGreedy: true,
  }),
};
