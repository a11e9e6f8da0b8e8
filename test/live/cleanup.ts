import { setTimeout as sleep } from 'node:timers/promises';
import type { LiveOrg } from './org.ts';
import type { Side } from './stage.ts';

const RBAC = 'rbac.authorization.k8s.io';
/** Korifi lets a space wait a minute for its apps. */
const PATIENCE_MS = 5 * 60_000;
const LOOK_MS = 1000;

/**
 * Takes the org away. On the target the packages lose their finalizers first: their images may be the source's, where
 * both sides share a registry.
 */
export async function removeOrg(side: Side, { guid, space, user }: LiveOrg): Promise<void> {
  const { cluster, korifi, resource } = side;
  if (side.name === 'target') {
    for (const { metadata } of await side.list('CFPackage', [space])) {
      const body = { metadata: { finalizers: null } };
      await cluster.patch(resource('CFPackage'), space, metadata.name, { type: 'merge', body });
    }
  }
  const root = korifi.rootNamespace;
  await cluster.delete(resource('CFOrg'), root, guid);
  await cluster.delete(resource('RoleBinding', RBAC), root, `cf-${user.split('@')[0]}`);
  const end = Date.now() + PATIENCE_MS;
  while ((await cluster.get(resource('CFOrg'), root, guid)) !== undefined) {
    if (Date.now() > end) throw new Error(`the org ${guid} does not go away on ${side.context}`);
    await sleep(LOOK_MS);
  }
}
