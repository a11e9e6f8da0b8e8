import { isTrue } from '../controllers/conditions.ts';
import { listAll } from '../controllers/list.ts';
import { KINDS } from '../kinds.ts';
import { type KorifiUser, make } from './korifi-user.ts';
import type { OrgPlan } from './plan.ts';

/** What no command makes and real foundations have. */
export async function addOddities(user: KorifiUser, plan: readonly OrgPlan[]): Promise<void> {
  await loseDroplet(user);
  const space = plan[0]?.spaces[0];
  if (space === undefined) return;
  const rbac = { apiGroup: 'rbac.authorization.k8s.io' };
  await make(user, KINDS.RoleBinding, {
    metadata: { name: 'break-glass', namespace: space.guid, labels: { ticket: 'OPS-4711' } },
    roleRef: { ...rbac, kind: 'ClusterRole', name: 'korifi-controllers-space-manager' },
    subjects: [{ ...rbac, kind: 'User', name: 'oncall@example.com' }],
  });
}

/**
 * v0.8.1 can hold an old build that succeeded and has no droplet, for ever: its image could not be read when it was
 * staged.
 */
async function loseDroplet({ cluster }: KorifiUser): Promise<void> {
  const current = new Set(
    (await listAll(cluster, KINDS.CFApp)).map(({ spec }) => spec.currentDropletRef?.name),
  );
  const builds = await listAll(cluster, KINDS.CFBuild);
  const old = builds.find(build => isTrue(build, 'Succeeded') && !current.has(build.metadata.name));
  if (old === undefined) return;
  const { namespace, name } = old.metadata;
  const patch = { type: 'merge', body: { status: { droplet: null } }, subresource: 'status' } as const;
  await cluster.patch(KINDS.CFBuild, namespace, name, patch);
}
