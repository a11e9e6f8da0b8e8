import type { UserEntry } from './kubeconfig-entries.ts';

/**
 * Headers that make the server answer as it would answer somebody else.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
 */
export function impersonation(user: UserEntry): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  if (user.as) headers['impersonate-user'] = user.as;
  if (user['as-uid']) headers['impersonate-uid'] = user['as-uid'];
  if (user['as-groups']?.length) headers['impersonate-group'] = user['as-groups'];
  for (const [key, values] of Object.entries(user['as-user-extra'] ?? {})) {
    // Header names know no upper case and few signs: the server decodes the percent signs.
    headers[`impersonate-extra-${encodeURIComponent(key)}`] = values;
  }
  return headers;
}
