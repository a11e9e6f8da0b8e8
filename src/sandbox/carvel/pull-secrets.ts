import type { KubeObject } from '../../base/object.ts';
import type { World } from '../controllers/world.ts';
import { ownedBy } from '../controllers/world.ts';
import type { RegistryAccess } from '../images/client.ts';
import { KINDS } from '../kinds.ts';
import { PLACEHOLDER } from './sharing.ts';

const EMPTY = Buffer.from('{"auths":{}}').toString('base64');

/** The Secret that a fetch logs in with: the one that is named, or a placeholder that secretgen fills. */
export async function pullSecret(
  world: World,
  object: KubeObject,
  named: string | undefined,
): Promise<string> {
  const name = named ?? `${object.metadata.name}-fetch-0`;
  const { namespace } = object.metadata;
  if (named === undefined && world.find(KINDS.Secret, namespace, name) === undefined) {
    await world.create(KINDS.Secret, {
      metadata: {
        name,
        ...(namespace && { namespace }),
        annotations: { [PLACEHOLDER]: '' },
        ownerReferences: [ownedBy(object)],
      },
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': EMPTY },
    });
  }
  return name;
}

/** Whether the Secret holds the registry's login; a registry that asks for none lets everybody in. */
export function logsIn(
  world: World,
  namespace: string | undefined,
  name: string,
  registry: RegistryAccess,
): boolean {
  if (registry.credentials === undefined) return true;
  const data = world.find(KINDS.Secret, namespace, name)?.data?.['.dockerconfigjson'];
  if (data === undefined) return false;
  const login = JSON.parse(Buffer.from(data, 'base64').toString()).auths?.[registry.host];
  return (
    login?.username === registry.credentials.username && login?.password === registry.credentials.password
  );
}
