import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes `USER.kubeconfig`, with the one context `testbed`, into a folder and returns its path. */
export async function writeKubeconfig(
  directory: string,
  server: URL,
  caFile: string,
  user: string,
  token: string,
): Promise<string> {
  const path = join(directory, `${user}.kubeconfig`);
  const configuration = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'testbed', cluster: { server: server.origin, 'certificate-authority': caFile } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: 'testbed', context: { cluster: 'testbed', user } }],
    'current-context': 'testbed',
  };
  // JSON is YAML too.
  await writeFile(path, JSON.stringify(configuration, undefined, 2), { mode: 0o600 });
  return path;
}
