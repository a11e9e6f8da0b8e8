import type { KubeObject } from '../../base/object.ts';
import { type Decision, decide, isTrue } from '../controllers/conditions.ts';
import type { Rule } from '../controllers/rule.ts';
import { controlledBy, type World } from '../controllers/world.ts';
import { KINDS } from '../kinds.ts';
import { finalizerOf, korifiConfig } from './config.ts';
import { LABEL } from './names.ts';
import { homeOf } from './orgs-and-spaces.ts';
import type { Release } from './releases.ts';
import { vcapApplication, vcapServices } from './vcap.ts';

/**
 * An app gets its VCAP secrets, resolves its droplet and, once it has one, gets the processes that the droplet
 * knows and nobody has made yet, with default scale: a restore must have made its own before.
 */
export const apps: Rule = {
  name: 'CFApp',
  kind: KINDS.CFApp,
  async reconcile(app, world) {
    const config = korifiConfig(world);
    if (config === undefined) return;
    if (app.metadata.deletionTimestamp !== undefined) return finalize(world, app);
    const home = homeOf(world, app);
    if (home === undefined) return;
    const name = app.metadata.name;
    const services = `${name}-vcap-services`;
    const application = `${name}-vcap-application`;
    await vcapSecret(world, app, services, 'VCAP_SERVICES', vcapServices(world, app));
    await vcapSecret(world, app, application, 'VCAP_APPLICATION', vcapApplication(world, app, home));
    const droplet = dropletOf(world, app);
    const { release } = config;
    const waiting = release.patching ? unreadyBinding(world, app) : undefined;
    if (droplet !== undefined && waiting === undefined) await defaultProcesses(world, app, droplet, release);
    const runs = release.patching ? runningState(world, app) : undefined;
    await world.status(KINDS.CFApp, app, {
      vcapServicesSecretName: services,
      vcapApplicationSecretName: application,
      observedGeneration: app.metadata.generation,
      ...(runs && { actualState: runs }),
      conditions: decide(app, [waiting ?? readiness(app, droplet, runs)]),
    });
  },
};

/** `status.droplet` of a CFBuild. */
export interface Droplet {
  registry: { image: string; imagePullSecrets?: { name: string }[] };
  processTypes: { type: string; command: string }[];
  ports: number[];
}

/** The droplet that the app's current build has in its status. */
export function dropletOf(world: World, app: KubeObject): Droplet | undefined {
  const name = app.spec.currentDropletRef?.name;
  return world.find(KINDS.CFBuild, app.metadata.namespace, name ?? '')?.status?.droplet;
}

/** Later Korifi looks at an app's bindings before anything else of it. */
function unreadyBinding(world: World, app: KubeObject): Decision | undefined {
  const bindings = world.in(KINDS.CFServiceBinding, app.metadata.namespace);
  const unready = bindings.some(
    binding => binding.spec.appRef.name === app.metadata.name && !isTrue(binding, 'Ready'),
  );
  return unready ? { type: 'Ready', status: 'False', reason: 'BindingNotReady' } : undefined;
}

/** Whether any instance runs, which later Korifi compares with what is desired. */
function runningState(world: World, app: KubeObject): 'STARTED' | 'STOPPED' {
  const workloads = world.in(KINDS.AppWorkload, app.metadata.namespace);
  const running = workloads.some(
    ({ spec, status }) => spec.appGUID === app.metadata.name && (status?.actualInstances ?? 0) > 0,
  );
  return running ? 'STARTED' : 'STOPPED';
}

function readiness(app: KubeObject, droplet: Droplet | undefined, runs: string | undefined): Decision {
  if (!app.spec.currentDropletRef?.name)
    return { type: 'Ready', status: 'False', reason: 'DropletNotAssigned' };
  if (droplet === undefined)
    return { type: 'Ready', status: 'False', reason: 'CannotResolveCurrentDropletRef' };
  if (runs === undefined) return { type: 'Ready', status: 'True', reason: 'DropletAssigned' };
  return runs === app.spec.desiredState
    ? { type: 'Ready', status: 'True', reason: 'Ready' }
    : { type: 'Ready', status: 'False', reason: 'DesiredStateNotReached' };
}

async function vcapSecret(
  world: World,
  app: KubeObject,
  name: string,
  key: string,
  value: object,
): Promise<void> {
  const { namespace } = app.metadata;
  await world.ensure(KINDS.Secret, {
    metadata: { name, ...(namespace && { namespace }), ownerReferences: [controlledBy(app)] },
    data: { [key]: Buffer.from(JSON.stringify(value)).toString('base64') },
  });
}

async function defaultProcesses(
  world: World,
  app: KubeObject,
  droplet: Droplet,
  release: Release,
): Promise<void> {
  const existing = world
    .in(KINDS.CFProcess, app.metadata.namespace)
    .filter(process => process.metadata.labels?.[LABEL.appGuid] === app.metadata.name);
  const types = new Map(droplet.processTypes.map(({ type, command }) => [type, command]));
  if (!types.has('web')) types.set('web', '');
  for (const [type, detectedCommand] of types) {
    const process = existing.find(({ metadata }) => metadata.labels?.[LABEL.processType] === type);
    if (process === undefined) {
      const name = release.processName(app.metadata.name, type);
      await createProcess(world, app, { name, type, detectedCommand, ports: droplet.ports });
    } else if (!process.spec.detectedCommand && detectedCommand) {
      await world.merge(KINDS.CFProcess, process, { spec: { detectedCommand } });
    }
  }
}

async function createProcess(
  world: World,
  app: KubeObject,
  process: { name: string; type: string; detectedCommand: string; ports: number[] },
): Promise<void> {
  const { name: guid, namespace } = app.metadata;
  const { name, type: processType, detectedCommand, ports } = process;
  await world.create(KINDS.CFProcess, {
    metadata: {
      name,
      ...(namespace && { namespace }),
      labels: { [LABEL.appGuid]: guid, [LABEL.processType]: processType },
      ownerReferences: [controlledBy(app)],
    },
    spec: {
      appRef: { name: guid },
      processType,
      detectedCommand,
      ports,
      healthCheck: { type: 'process', data: {} },
    },
  });
}

/** Routes forget the app, tasks and bindings go; builds, packages and processes are left to the garbage collector. */
async function finalize(world: World, app: KubeObject): Promise<void> {
  const { name, namespace } = app.metadata;
  for (const route of world.in(KINDS.CFRoute, namespace)) {
    const destinations: { appRef: { name: string } }[] = route.spec.destinations ?? [];
    const others = destinations.filter(destination => destination.appRef.name !== name);
    if (others.length < destinations.length)
      await world.merge(KINDS.CFRoute, route, { spec: { destinations: others } });
  }
  for (const kind of [KINDS.CFTask, KINDS.CFServiceBinding]) {
    for (const child of world.in(kind, namespace)) {
      if (child.spec.appRef.name === name) await world.delete(kind, child);
    }
  }
  await world.dropFinalizer(KINDS.CFApp, app, finalizerOf(world, 'CFApp'));
}
