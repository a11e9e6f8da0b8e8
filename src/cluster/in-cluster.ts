import { existsSync, readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import type { Kubeconfig } from './kubeconfig-entries.ts';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * What a pod knows of its cluster, as a kubeconfig; undefined outside of a pod. The token file is read again as it is
 * renewed.
 */
export function inClusterConfig(
  env: Readonly<Record<string, string | undefined>>,
  folder = SERVICE_ACCOUNT,
): Kubeconfig | undefined {
  const host = env.KUBERNETES_SERVICE_HOST;
  const port = env.KUBERNETES_SERVICE_PORT;
  if (!host || !port || !existsSync(`${folder}/token`)) return undefined;
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const namespaceFile = `${folder}/namespace`;
  const namespace = existsSync(namespaceFile) ? readFileSync(namespaceFile, 'utf8').trim() : 'default';
  const name = 'in-cluster';
  return {
    currentContext: name,
    clusters: new Map([[name, { server, 'certificate-authority': `${folder}/ca.crt` }]]),
    users: new Map([[name, { tokenFile: `${folder}/token` }]]),
    contexts: new Map([[name, { cluster: name, user: name, namespace }]]),
  };
}
