import type { KubeObject } from '../../base/object.ts';
import type { ApiResource } from '../../cluster/cluster.ts';
import { descriptorOf } from '../../foundation/catalog.ts';
import { imagesOf } from '../../foundation/images.ts';
import { texts } from '../../foundation/path.ts';
import { referencesOf } from '../../foundation/references.ts';
import { conclude, isReconciled } from '../carvel/status.ts';
import type { Rule } from '../controllers/rule.ts';
import type { World } from '../controllers/world.ts';
import type { ImageClient } from '../images/client.ts';
import { parseImage } from '../images/name.ts';
import { KINDS } from '../kinds.ts';

/**
 * kapp-controller as far as it can be rehearsed: a repository, an install or an app is reconciled when all that it
 * names is there, service accounts, Secrets and images. Nothing is templated and nothing deployed: what a package
 * installs is not in a backup, and needs tools that are not here.
 */
export function rehearsedPackages(images: ImageClient): Rule[] {
  return [KINDS.PackageRepository, KINDS.PackageInstall, KINDS.App].map(kind => ({
    name: kind.kind,
    kind,
    async reconcile(found, world) {
      const isPaused = found.spec.paused === true || found.spec.canceled === true;
      if (isPaused || isReconciled(found) || found.metadata.deletionTimestamp !== undefined) return;
      const lacks = missingNames(world, kind, found)[0] ?? (await missingImages(images, kind, found))[0];
      if (lacks !== undefined) return conclude(world, kind, found, { failed: `${lacks} is not there` });
      const [version] = texts(found, 'spec.packageRef.versionSelection.constraints');
      await conclude(world, kind, found, { done: true }, version === undefined ? {} : { version });
    },
  }));
}

function missingNames(world: World, { group, kind }: ApiResource, object: KubeObject): string[] {
  const descriptor = descriptorOf(group, kind);
  if (descriptor === undefined) return [];
  return referencesOf(descriptor, object).flatMap(({ rule, targets: [target] }) => {
    if (target === undefined || rule.optional || rule.order !== 'before') return [];
    const resource = Object.values(KINDS).find(one => one.kind === target.kind && one.group === target.group);
    const isThere =
      resource === undefined || world.find(resource, target.namespace, target.name) !== undefined;
    return isThere ? [] : [`${target.kind} ${target.name}`];
  });
}

/** Of this registry: nothing is known of others. */
async function missingImages(
  images: ImageClient,
  { group, kind }: ApiResource,
  object: KubeObject,
): Promise<string[]> {
  const descriptor = descriptorOf(group, kind);
  const missing: string[] = [];
  for (const { text } of descriptor === undefined ? [] : imagesOf(descriptor, object)) {
    const isOurs = parseImage(text).host === images.registry.host;
    if (isOurs && !(await images.has(text))) missing.push(`image ${text}`);
  }
  return missing;
}
