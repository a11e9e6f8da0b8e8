import { setTimeout as sleep } from 'node:timers/promises';
import type { Side } from '../stage.ts';
import { type Installed, NAMES } from './installed.ts';
import { PACKAGING, RBAC } from './objects.ts';

const PATIENCE_MS = 2 * 60_000;
const LOOK_MS = 500;

/** Takes the package away as `tanzu package installed delete` would, and then all that was made for it. */
export async function removePackage(side: Side, { home, apps, role, binding }: Installed): Promise<void> {
  await remove(side, PACKAGING, 'PackageInstall', home, NAMES.install);
  await remove(side, PACKAGING, 'PackageRepository', home, NAMES.repository);
  for (const name of [apps, home]) await remove(side, '', 'Namespace', '', name);
  await remove(side, RBAC, 'ClusterRoleBinding', '', binding);
  await remove(side, RBAC, 'ClusterRole', '', role);
}

async function remove(
  side: Side,
  group: string,
  kind: string,
  namespace: string,
  name: string,
): Promise<void> {
  const { cluster, context } = side;
  const resource = side.resource(kind, group);
  await cluster.delete(resource, namespace, name);
  for (const end = Date.now() + PATIENCE_MS; ; await sleep(LOOK_MS)) {
    if ((await cluster.get(resource, namespace, name)) === undefined) return;
    if (Date.now() > end) throw new Error(`${kind} ${name} does not go away on ${context}`);
  }
}
