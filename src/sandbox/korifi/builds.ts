import type { KubeObject } from '../../base/object.ts';
import { conditionOf, decide, isTrue } from '../controllers/conditions.ts';
import { type Rule, Unwatched } from '../controllers/rule.ts';
import { controlledBy, type World } from '../controllers/world.ts';
import { KINDS } from '../kinds.ts';
import { korifiConfig } from './config.ts';
import type { KorifiTools } from './korifi.ts';
import { LABEL } from './names.ts';
import { clean } from './retention.ts';

/**
 * A build without a decided Succeeded is staged as soon as its app and package are there: a restore that brings
 * it back without status stages the app anew, with another digest. While the app or the package is missing the
 * pass fails, having written observedGeneration only; the package's arrival does not wake it, a write to the
 * build does.
 */
export function builds({ activity }: KorifiTools): Rule {
  return {
    name: 'CFBuild',
    kind: KINDS.CFBuild,
    async reconcile(found, world) {
      const config = korifiConfig(world);
      if (config === undefined || found.metadata.deletionTimestamp !== undefined) return;
      const observed = await world.status(KINDS.CFBuild, found, {
        observedGeneration: found.metadata.generation,
      });
      const { app, source } = neededBy(world, observed);
      const build = await world.own(KINDS.CFBuild, observed, app);
      const succeeded = conditionOf(build, 'Succeeded')?.status ?? 'Unknown';
      if (succeeded !== 'Unknown') {
        return clean(world, activity, KINDS.CFBuild, app, 'Succeeded', config.maxRetainedBuilds);
      }
      const workload = world.find(KINDS.BuildWorkload, build.metadata.namespace, build.metadata.name);
      if (workload === undefined) return stage(world, build, app, source);
      await adoptResult(world, build, workload);
    },
  };

  async function stage(world: World, build: KubeObject, app: KubeObject, source: KubeObject): Promise<void> {
    const { namespace, name } = build.metadata;
    const now = await world.fresh(KINDS.CFBuild, namespace, name);
    if (now === undefined || now.metadata.resourceVersion !== build.metadata.resourceVersion) return;
    await world.create(KINDS.BuildWorkload, {
      metadata: {
        name,
        ...(namespace && { namespace }),
        labels: { [LABEL.buildGuid]: name, [LABEL.appGuid]: app.metadata.name },
        ownerReferences: [controlledBy(build)],
      },
      spec: {
        buildRef: { name },
        builderName: 'kpack-image-builder',
        source: source.spec.source,
        buildpacks: build.spec.lifecycle?.data?.buildpacks ?? [],
      },
    });
    activity.record('staged', `CFBuild ${namespace}/${name} of app ${app.spec.displayName}`);
    await world.status(KINDS.CFBuild, build, {
      conditions: decide(build, [
        { type: 'Staging', status: 'True', reason: 'BuildRunning' },
        { type: 'Succeeded', status: 'Unknown', reason: 'BuildRunning' },
      ]),
    });
  }
}

function neededBy(world: World, build: KubeObject): { app: KubeObject; source: KubeObject } {
  const { namespace } = build.metadata;
  const app = world.find(KINDS.CFApp, namespace, build.spec.appRef.name);
  if (app === undefined) throw new Unwatched(`error when fetching CFApp "${build.spec.appRef.name}"`);
  const source = world.find(KINDS.CFPackage, namespace, build.spec.packageRef.name);
  if (source === undefined)
    throw new Unwatched(`error when fetching CFPackage "${build.spec.packageRef.name}"`);
  return { app, source };
}

/** The droplet is copied into the build's status once, and is nowhere else. */
async function adoptResult(world: World, build: KubeObject, workload: KubeObject): Promise<void> {
  const result = conditionOf(workload, 'Succeeded');
  if (result === undefined || result.status === 'Unknown') return;
  const success = isTrue(workload, 'Succeeded');
  await world.status(KINDS.CFBuild, build, {
    ...(success && { droplet: workload.status.droplet }),
    conditions: decide(build, [
      { type: 'Staging', status: 'False', reason: 'BuildNotRunning' },
      success
        ? { type: 'Succeeded', status: 'True', reason: 'BuildSucceeded' }
        : { type: 'Succeeded', status: 'False', reason: 'BuildFailed', message: result.message },
    ]),
  });
}
