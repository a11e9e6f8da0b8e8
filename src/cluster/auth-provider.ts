import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { Failure, reasonOf } from '../base/errors.ts';
import type { Target } from './kubeconfig.ts';

const configs = new WeakMap<Target, KubeConfig>();

/**
 * The `Authorization` value of a kubeconfig's `auth-provider` (oidc, gcp, azure), which client-node renews when it has
 * expired.
 *
 * @throws Failure `unauthorized` when the provider does not give one.
 */
export async function providerAuthorization(target: Target): Promise<string> {
  const name = target.user['auth-provider']?.name ?? '';
  const options: RequestOptions = {};
  try {
    await configOf(target, name).applyToHTTPSOptions(options);
  } catch (error) {
    throw refused(name, reasonOf(error), error);
  }
  const headers = options.headers as Record<string, unknown> | undefined;
  const authorization = headers?.Authorization;
  if (typeof authorization === 'string') return authorization;
  throw refused(name, 'it gave no token');
}

function configOf(target: Target, name: string): KubeConfig {
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

function refused(name: string, reason: string, cause?: unknown): Failure {
  return new Failure('unauthorized', `auth provider ${JSON.stringify(name)}: ${reason}`, {
    hints: ['log in again with the tool that wrote the kubeconfig'],
    cause,
  });
}
