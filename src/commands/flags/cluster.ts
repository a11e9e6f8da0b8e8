import * as Flags from '@oclif/core/flags';
import type { ClusterOptions } from '../../cluster/options.ts';

const GROUP = 'CLUSTER';

/** kubectl's flags for reaching a cluster, under its names. */
export const clusterFlags = {
  kubeconfig: Flags.string({
    helpGroup: GROUP,
    helpValue: 'FILE',
    summary: 'Path of the kubeconfig file to use',
  }),
  context: Flags.string({
    helpGroup: GROUP,
    helpValue: 'NAME',
    summary: 'Name of the kubeconfig context to use',
  }),
  cluster: Flags.string({
    helpGroup: GROUP,
    helpValue: 'NAME',
    summary: 'Name of the kubeconfig cluster to use',
  }),
  user: Flags.string({ helpGroup: GROUP, helpValue: 'NAME', summary: 'Name of the kubeconfig user to use' }),
  server: Flags.string({
    char: 's',
    helpGroup: GROUP,
    helpValue: 'URL',
    summary: 'Address of the API server',
  }),
  token: Flags.string({ helpGroup: GROUP, helpValue: 'TOKEN', summary: 'Bearer token for the API server' }),
  as: Flags.string({ helpGroup: GROUP, helpValue: 'USER', summary: 'User to impersonate' }),
  'as-group': Flags.string({
    helpGroup: GROUP,
    helpValue: 'GROUP',
    summary: 'Group to impersonate; may be repeated',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'as-uid': Flags.string({ helpGroup: GROUP, helpValue: 'UID', summary: 'UID to impersonate' }),
  'as-user-extra': Flags.string({
    helpGroup: GROUP,
    helpValue: 'KEY=VALUE',
    summary: 'Extra of the user to impersonate; may be repeated',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'certificate-authority': Flags.string({
    helpGroup: GROUP,
    helpValue: 'FILE',
    summary: 'Certificate authority of the API server',
  }),
  'client-certificate': Flags.string({
    helpGroup: GROUP,
    helpValue: 'FILE',
    summary: 'Certificate to log in to the API server with',
  }),
  'client-key': Flags.string({
    helpGroup: GROUP,
    helpValue: 'FILE',
    summary: 'Key of the certificate to log in with',
  }),
  'insecure-skip-tls-verify': Flags.boolean({
    helpGroup: GROUP,
    summary: "Do not check the API server's certificate",
  }),
  'tls-server-name': Flags.string({
    helpGroup: GROUP,
    helpValue: 'NAME',
    summary: "Name to expect in the API server's certificate",
  }),
  'request-timeout': Flags.string({
    helpGroup: GROUP,
    helpValue: 'DURATION',
    summary: 'How long one request may take, as 30s or 1m; 0 is for ever',
  }),
};

type ClusterFlagValues = { [name in keyof typeof clusterFlags]?: string | string[] | boolean | undefined };

/** The flags as the cluster room takes them: the same names, in its spelling. */
export function clusterOptions(flags: ClusterFlagValues): ClusterOptions {
  const names = Object.keys(clusterFlags) as (keyof typeof clusterFlags)[];
  return Object.fromEntries(names.map(name => [camelCase(name), flags[name]]));
}

function camelCase(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
