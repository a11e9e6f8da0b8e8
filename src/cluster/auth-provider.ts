import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import type { Target } from './kubeconfig.ts';

const configs = new WeakMap<Target, KubeConfig>();

/**
 * The `Authorization` value of a kubeconfig's `auth-provider` (gcp, azure), which client-node renews when it has
 * expired. That of `oidc` is renewed in oidc.ts. client-node is large, so the release has this module apart from the
 * others, with nothing of theirs.
 *
 * @throws Error as client-node does, or when the provider gives none
 */
export async function providerAuthorization(target: Target): Promise<string> {
  const options: RequestOptions = {};
  await configOf(target).applyToHTTPSOptions(options);
  const headers = options.headers as Record<string, unknown> | undefined;
  const authorization = headers?.Authorization;
  if (typeof authorization === 'string') return authorization;
  throw new Error('it gave no token');
}

function configOf(target: Target): KubeConfig {
  const name = target.user['auth-provider']?.name ?? '';
  let config = configs.get(target);
  if (config === undefined) {
    config = new KubeConfig();
    config.loadFromOptions({
      // Only the header is wanted of it: no connection to this server is ever made.
      clusters: [{ name, server: 'https://127.0.0.1', skipTLSVerify: false }],
      users: [{ name, authProvider: target.user['auth-provider'] }],
      contexts: [{ name, cluster: name, user: name }],
      currentContext: name,
    });
    configs.set(target, config);
  }
  return config;
}
