import type { Cluster } from '../../cluster/cluster.ts';
import { isTrue } from '../controllers/conditions.ts';
import { listAll } from '../controllers/list.ts';
import { inParallel } from '../controllers/parallel.ts';
import type { ImageClient } from '../images/client.ts';
import { KINDS } from '../kinds.ts';
import { korifiConfig } from '../korifi/config.ts';
import { PUSHES_IN_FLIGHT } from '../limits.ts';
import { until } from '../platform/until.ts';
import { installWithHelm } from './helm.ts';
import { installAdapter } from './installation.ts';
import { createService, grant, type KorifiUser, make } from './korifi-user.ts';
import { addOddities } from './oddities.ts';
import { type OrgPlan, planLandscape } from './plan.ts';
import { pushApp } from './push.ts';
import { Random } from './random.ts';

/** How large a landscape is, and which. */
export interface LandscapeOptions {
  /** The same seed makes the same names, GUIDs, values and sources. */
  readonly seed: string;
  /** How many apps, about. */
  readonly apps: number;
  /** Bytes of an app's source, on average; its droplet has as many of its own. */
  readonly appBytes: number;
  readonly domain?: string;
  /** How Korifi comes there: with the adapter's package (v0.8.1), or current Korifi by Helm, without Carvel. */
  readonly korifi?: 'adapter' | 'current';
}

/**
 * Installs the adapter on a cluster whose controllers run, and makes a believable foundation on it: orgs, spaces,
 * roles, services, apps with their history, routes, tasks; through the same API as users, so that the controllers
 * derive all the rest.
 */
export async function populate(
  cluster: Cluster,
  images: ImageClient,
  options: LandscapeOptions,
): Promise<OrgPlan[]> {
  const { seed, apps, appBytes, domain = 'example.com', korifi = 'adapter' } = options;
  const random = new Random(seed);
  if (korifi === 'current') await installWithHelm(cluster, images, { domain });
  else await installAdapter(cluster, images, random, { domain, componentBytes: appBytes * 2 });
  const configMaps = await listAll(cluster, KINDS.ConfigMap);
  const config = korifiConfig({ all: () => configMaps });
  if (config === undefined) throw new TypeError('the adapter is installed, and its configuration is there');
  const second = `internal.${domain}`;
  const user: KorifiUser = {
    cluster,
    images,
    random,
    rootNamespace: config.rootNamespace,
    domains: [korifi === 'current' ? 'default-domain' : `apps.${domain}`, second],
    release: config.release,
    prefix: config.prefix,
    registrySecrets: config.registrySecrets,
    appBytes,
  };
  await make(user, KINDS.CFDomain, {
    metadata: { name: second, namespace: config.rootNamespace },
    spec: { name: second },
  });
  const plan = planLandscape(seed, apps);
  for (const org of plan) await createOrg(user, org);
  const pushes = plan.flatMap(org => org.spaces.flatMap(space => space.apps.map(app => ({ space, app }))));
  await inParallel(PUSHES_IN_FLIGHT, pushes, ({ space, app }) => pushApp(user, space, app));
  await addOddities(user, plan);
  return plan;
}

async function createOrg(user: KorifiUser, org: OrgPlan): Promise<void> {
  const { rootNamespace, cluster } = user;
  await make(user, KINDS.CFOrg, {
    metadata: { name: org.guid, namespace: rootNamespace, labels: { 'cost-center': org.name } },
    spec: { displayName: org.name },
  });
  await until(cluster, KINDS.CFOrg, rootNamespace, org.guid, made => isTrue(made, 'Ready'));
  await grant(user, org.guid, 'organization_manager', org.manager);
  for (const space of org.spaces) {
    await make(user, KINDS.CFSpace, {
      metadata: { name: space.guid, namespace: org.guid },
      spec: { displayName: space.name },
    });
    await until(cluster, KINDS.CFSpace, org.guid, space.guid, made => isTrue(made, 'Ready'));
    for (const developer of space.developers) await grant(user, space.guid, 'space_developer', developer);
    for (const { guid, name } of space.services) await createService(user, space.guid, guid, name);
  }
}
