import { dump } from 'js-yaml';
import type { User } from './access.ts';

/** A kubeconfig with one context. */
export function kubeconfigText(
  context: string,
  server: string,
  users: readonly User[] = [],
  userName: string | undefined = undefined,
): string {
  const user = userName === undefined ? users[0] : users.find(({ name }) => name === userName);
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context,
    clusters: [{ name: context, cluster: { server } }],
    users: [{ name: user?.name ?? context, user: user?.token === undefined ? {} : { token: user.token } }],
    contexts: [{ name: context, context: { cluster: context, user: user?.name ?? context } }],
  });
}
