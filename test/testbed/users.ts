import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Who can log in: `admin` may do everything, `reader` may get, list and watch everything, `nobody` has no rights
 * but those of every authenticated user.
 */
export type User = 'admin' | 'reader' | 'nobody';

/** Every user with the bearer token made up for this run. */
export type Tokens = Readonly<Record<User, string>>;

/** Makes up the users' tokens. */
export function makeTokens(): Tokens {
  const token = () => randomBytes(16).toString('hex');
  return { admin: token(), reader: token(), nobody: token() };
}

/** Writes the API server's file of tokens (token, user, user id, groups) into a folder and returns its path. */
export async function writeTokenFile(directory: string, tokens: Tokens): Promise<string> {
  const path = join(directory, 'tokens.csv');
  const lines = Object.entries(tokens).map(
    ([user, token]) => `${token},${user},${user},"${user === 'admin' ? 'system:masters' : ''}"\n`,
  );
  await writeFile(path, lines.join(''), { mode: 0o600 });
  return path;
}

/** What makes `reader` a reader, as a manifest. */
export const readerRights = JSON.stringify({
  apiVersion: 'v1',
  kind: 'List',
  items: [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'testbed:reader' },
      rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] }],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'testbed:reader' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'testbed:reader' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'reader' }],
    },
  ],
});
