import { Failure } from '../base/errors.ts';
import type { KubeObject } from '../base/object.ts';
import type { ApiSurface, Cluster } from '../cluster/cluster.ts';
import { KORIFI } from '../foundation/kinds/common.ts';
import { CREATION_VERSION } from '../foundation/korifi-facts.ts';
import { texts } from '../foundation/path.ts';

/**
 * The version of the Korifi that runs, as its webhooks stamp it on an org that they are shown in a dry run: objects
 * that are there may be older than it. Nothing is written and no name is taken.
 *
 * @returns undefined where it may not be asked or does not answer; the checks of a restore say why.
 */
export async function runningVersion(
  cluster: Cluster,
  surface: ApiSurface,
  rootNamespace: string,
): Promise<string | undefined> {
  const resource = surface.find(KORIFI, 'CFOrg', ['v1alpha1']);
  if (resource === undefined) return undefined;
  const name = 'asa-backup-probe';
  const org: KubeObject = {
    apiVersion: `${resource.group}/${resource.version}`,
    kind: resource.kind,
    metadata: { name, namespace: rootNamespace },
    spec: { displayName: name },
  };
  try {
    return texts(await cluster.create(resource, org, { dryRun: true }), CREATION_VERSION)[0];
  } catch (error) {
    if (error instanceof Failure && ['forbidden', 'api-error'].includes(error.code)) return undefined;
    throw error;
  }
}
