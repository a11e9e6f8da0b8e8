import type { KubeObject } from '../../base/object.ts';
import { conditionOf, decide, isTrue } from '../controllers/conditions.ts';
import { type Rule, Unwatched } from '../controllers/rule.ts';
import { controlledBy, type World } from '../controllers/world.ts';
import { KINDS } from '../kinds.ts';
import { type KorifiConfig, korifiConfig } from './config.ts';
import type { KorifiTools } from './korifi.ts';
import { LABEL } from './names.ts';
import { clean } from './retention.ts';

/**
 * A build without a decided Succeeded is staged as soon as its app and package are there: a restore that brings
 * it back without status stages the app anew, with another digest. While the app or the package is missing the
 * pass fails, having written observedGeneration only; the package's arrival does not wake it, a write to the
 * build does. v0.8.1 owns a build only once its package is there; later ones own it first, but leave alone what is
 * decided, and put Ready in place of all conditions with every pass.
 */
export function builds({ activity }: KorifiTools): Rule {
  return {
    name: 'CFBuild',
    kind: KINDS.CFBuild,
    async reconcile(found, world) {
      const config = korifiConfig(world);
      if (config === undefined || found.metadata.deletionTimestamp !== undefined) return;
      return config.release.patching ? patching(found, world, config) : plain(found, world, config);
    },
  };

  async function plain(found: KubeObject, world: World, config: KorifiConfig): Promise<void> {
    const observed = await world.status(KINDS.CFBuild, found, {
      observedGeneration: found.metadata.generation,
    });
    const app = appOf(world, observed);
    const source = sourceOf(world, observed);
    const build = await world.own(KINDS.CFBuild, observed, app);
    if (isDecided(build)) return retain(world, app, config);
    return proceed(world, { build, app, source });
  }

  async function patching(found: KubeObject, world: World, config: KorifiConfig): Promise<void> {
    try {
      const app = appOf(world, found);
      if (isDecided(found)) await retain(world, app, config);
      else {
        const build = await world.own(KINDS.CFBuild, found, app);
        await proceed(world, { build, app, source: sourceOf(world, build) });
      }
    } catch (error) {
      if (error instanceof Unwatched) await conclude(world, found, false);
      throw error;
    }
    await conclude(world, found, true);
  }

  function retain(world: World, app: KubeObject, { maxRetainedBuilds }: KorifiConfig): Promise<void> {
    return clean(world, activity, KINDS.CFBuild, app, 'Succeeded', maxRetainedBuilds);
  }

  function proceed(world: World, parts: Staged): Promise<void> {
    const { namespace, name } = parts.build.metadata;
    const workload = world.find(KINDS.BuildWorkload, namespace, name);
    return workload === undefined ? stage(world, parts, activity) : adoptResult(world, parts.build, workload);
  }
}

/** What is needed to stage an app. */
interface Staged {
  readonly build: KubeObject;
  readonly app: KubeObject;
  readonly source: KubeObject;
}

async function stage(
  world: World,
  { build, app, source }: Staged,
  activity: KorifiTools['activity'],
): Promise<void> {
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
    ...state(world, 'STAGING'),
    conditions: decide(build, [
      { type: 'Staging', status: 'True', reason: 'BuildRunning' },
      { type: 'Succeeded', status: 'Unknown', reason: 'BuildRunning' },
    ]),
  });
}

function isDecided(build: KubeObject): boolean {
  return (conditionOf(build, 'Succeeded')?.status ?? 'Unknown') !== 'Unknown';
}

function appOf(world: World, { metadata, spec }: KubeObject): KubeObject {
  const app = world.find(KINDS.CFApp, metadata.namespace, spec.appRef.name);
  if (app === undefined) throw new Unwatched(`error when fetching CFApp "${spec.appRef.name}"`);
  return app;
}

function sourceOf(world: World, { metadata, spec }: KubeObject): KubeObject {
  const source = world.find(KINDS.CFPackage, metadata.namespace, spec.packageRef.name);
  if (source === undefined) throw new Unwatched(`error when fetching CFPackage "${spec.packageRef.name}"`);
  return source;
}

/** The end of a pass of later Korifi. */
async function conclude(world: World, { metadata }: KubeObject, ready: boolean): Promise<void> {
  const build = world.find(KINDS.CFBuild, metadata.namespace, metadata.name);
  if (build === undefined) return;
  const [status, reason] = ready ? (['True', 'Ready'] as const) : (['False', 'UnknownError'] as const);
  await world.status(KINDS.CFBuild, build, {
    observedGeneration: build.metadata.generation,
    conditions: decide(build, [{ type: 'Ready', status, reason }]),
  });
}

/** What droplets are listed by; v0.8.1 does not have it. */
function state(world: World, now: string): object {
  return korifiConfig(world)?.release.patching ? { state: now } : {};
}

/** The droplet is copied into the build's status once, and is nowhere else. */
async function adoptResult(world: World, build: KubeObject, workload: KubeObject): Promise<void> {
  const result = conditionOf(workload, 'Succeeded');
  if (result === undefined || result.status === 'Unknown') return;
  const success = isTrue(workload, 'Succeeded');
  const adopted = await world.status(KINDS.CFBuild, build, {
    ...(success && { droplet: workload.status.droplet }),
    ...state(world, success ? 'STAGED' : 'FAILED'),
    conditions: decide(build, [
      { type: 'Staging', status: 'False', reason: 'BuildNotRunning' },
      success
        ? { type: 'Succeeded', status: 'True', reason: 'BuildSucceeded' }
        : { type: 'Succeeded', status: 'False', reason: 'BuildFailed', message: result.message },
    ]),
  });
  await relabel(world, adopted);
}

/** The label follows the status with the next write of the build itself; later Korifi's reconciler writes both. */
async function relabel(world: World, build: KubeObject): Promise<void> {
  if (korifiConfig(world)?.release.patching !== true) return;
  const labels = { 'korifi.cloudfoundry.org/build-state': build.status.state };
  await world.merge(KINDS.CFBuild, build, { metadata: { labels } });
}
