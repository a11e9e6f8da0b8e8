import { setTimeout as sleep } from 'node:timers/promises';
import { removeBroker } from './managed.ts';
import type { LiveOrg } from './org.ts';
import type { Side } from './stage.ts';

const RBAC = 'rbac.authorization.k8s.io';
/** Korifi lets a space wait a minute for its apps. */
const PATIENCE_MS = 5 * 60_000;
const LOOK_MS = 1000;

/**
 * Takes the org away as `cf delete-org` would. On the target nothing is asked of a broker: the service is the source's.
 * Packages go with their images, where these are not protected.
 */
export async function removeOrg(side: Side, { guid, space, user, managed }: LiveOrg): Promise<void> {
  const { cluster, korifi, resource } = side;
  if (side.name === 'target' && managed !== undefined) {
    const annotations = { 'korifi.cloudfoundry.org/deprovision-without-broker': 'true' };
    const patch = { type: 'merge', body: { metadata: { annotations } } } as const;
    const there = await cluster.get(resource('CFServiceInstance'), space, managed.instance);
    if (there !== undefined)
      await cluster.patch(resource('CFServiceInstance'), space, managed.instance, patch);
  }
  const root = korifi.rootNamespace;
  await cluster.delete(resource('CFOrg'), root, guid);
  await cluster.delete(resource('RoleBinding', RBAC), root, `cf-${user.split('@')[0]}`);
  const end = Date.now() + PATIENCE_MS;
  while ((await cluster.get(resource('CFOrg'), root, guid)) !== undefined) {
    if (Date.now() > end) throw new Error(`the org ${guid} does not go away on ${side.context}`);
    await sleep(LOOK_MS);
  }
  if (managed !== undefined) await removeBroker(side, managed);
}
