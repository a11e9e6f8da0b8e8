import type { ActivityLog } from '../activity.ts';
import type { Rule } from '../controllers/rule.ts';
import type { ImageClient } from '../images/client.ts';
import { kappApps } from './apps.ts';
import { generators } from './generators.ts';
import { packageInstalls } from './package-installs.ts';
import { packageRepositories } from './package-repositories.ts';
import { placeholders, secretExports, secretImports, secretTemplates } from './sharing.ts';

/** What the Carvel controllers have besides the cluster. */
export interface CarvelTools {
  readonly images: ImageClient;
  readonly activity: ActivityLog;
}

/** kapp-controller and secretgen-controller. */
export function carvelRules(tools: CarvelTools): Rule[] {
  return [...secretgenRules(tools), packageRepositories(tools), packageInstalls, kappApps(tools)];
}

export function secretgenRules({ activity }: Pick<CarvelTools, 'activity'>): Rule[] {
  return [secretExports, secretImports(activity), placeholders, secretTemplates, ...generators];
}
