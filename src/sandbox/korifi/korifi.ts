import type { ActivityLog } from '../activity.ts';
import type { Rule } from '../controllers/rule.ts';
import type { ImageClient } from '../images/client.ts';
import { appWorkloads } from './app-workloads.ts';
import { apps } from './apps.ts';
import { brokers } from './brokers.ts';
import { buildWorkloads } from './build-workloads.ts';
import { builds } from './builds.ts';
import { domains } from './domains.ts';
import { infos } from './infos.ts';
import { kpackBuilds } from './kpack-builds.ts';
import { orgs, spaces } from './orgs-and-spaces.ts';
import { packages } from './packages.ts';
import { processes } from './processes.ts';
import { routes } from './routes.ts';
import { serviceBindings, serviceInstances } from './services.ts';
import { taskWorkloads } from './task-workloads.ts';
import { tasks } from './tasks.ts';

/** What Korifi's controllers have besides the cluster. */
export interface KorifiTools {
  readonly images: ImageClient;
  readonly activity: ActivityLog;
}

/** Korifi with its image builder, app runner and task runner, and kpack, of the release that is installed; else idle. */
export function korifiRules(tools: KorifiTools): Rule[] {
  return [
    orgs,
    spaces,
    domains,
    apps,
    packages(tools),
    builds(tools),
    buildWorkloads,
    kpackBuilds(tools),
    processes,
    appWorkloads,
    brokers,
    serviceInstances,
    serviceBindings,
    routes,
    tasks,
    taskWorkloads(tools),
    ...infos,
  ];
}
