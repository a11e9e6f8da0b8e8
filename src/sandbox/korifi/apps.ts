import type { KubeObject } from '../../base/object.ts';
import { type Decision, decide } from '../controllers/conditions.ts';
import type { Rule } from '../controllers/rule.ts';
import { controlledBy, type World } from '../controllers/world.ts';
import { KINDS } from '../kinds.ts';
import { korifiConfig } from './config.ts';
import { FINALIZER, LABEL } from './names.ts';
import { homeOf } from './orgs-and-spaces.ts';
import { vcapApplication, vcapServices } from './vcap.ts';

/**
 * An app gets its VCAP secrets, resolves its droplet and, once it has one, gets the processes that the droplet
 * knows and nobody has made yet, with default scale: a restore must have made its own before.
 */
export const apps: Rule = {
  name: 'CFApp',
  kind: KINDS.CFApp,
  async reconcile(app, world) {
    if (korifiConfig(world) === undefined) return;
    if (app.metadata.deletionTimestamp !== undefined) return finalize(world, app);
    const home = homeOf(world, app);
    if (home === undefined) return;
    const name = app.metadata.name;
    const services = `${name}-vcap-services`;
    const application = `${name}-vcap-application`;
    await vcapSecret(world, app, services, 'VCAP_SERVICES', vcapServices(world, app));
    await vcapSecret(world, app, application, 'VCAP_APPLICATION', vcapApplication(world, app, home));
    const droplet = dropletOf(world, app);
    if (droplet !== undefined) await defaultProcesses(world, app, droplet);
    await world.status(KINDS.CFApp, app, {
      vcapServicesSecretName: services,
      vcapApplicationSecretName: application,
      observedGeneration: app.metadata.generation,
      conditions: decide(app, [readiness(app, droplet)]),
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

function readiness(app: KubeObject, droplet: Droplet | undefined): Decision {
  if (!app.spec.currentDropletRef?.name)
    return { type: 'Ready', status: 'False', reason: 'DropletNotAssigned' };
  if (droplet === undefined)
    return { type: 'Ready', status: 'False', reason: 'CannotResolveCurrentDropletRef' };
  return { type: 'Ready', status: 'True', reason: 'DropletAssigned' };
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

async function defaultProcesses(world: World, app: KubeObject, droplet: Droplet): Promise<void> {
  const existing = world
    .in(KINDS.CFProcess, app.metadata.namespace)
    .filter(process => process.metadata.labels?.[LABEL.appGuid] === app.metadata.name);
  const types = new Map(droplet.processTypes.map(({ type, command }) => [type, command]));
  if (!types.has('web')) types.set('web', '');
  for (const [type, detectedCommand] of types) {
    const process = existing.find(({ metadata }) => metadata.labels?.[LABEL.processType] === type);
    if (process === undefined) await createProcess(world, app, type, detectedCommand, droplet.ports);
    else if (!process.spec.detectedCommand && detectedCommand) {
      await world.merge(KINDS.CFProcess, process, { spec: { detectedCommand } });
    }
  }
}

async function createProcess(
  world: World,
  app: KubeObject,
  processType: string,
  detectedCommand: string,
  ports: number[],
): Promise<void> {
  const { name, namespace } = app.metadata;
  await world.create(KINDS.CFProcess, {
    metadata: {
      name: `cf-proc-${name}-${processType}`,
      ...(namespace && { namespace }),
      labels: { [LABEL.appGuid]: name, [LABEL.processType]: processType },
      ownerReferences: [controlledBy(app)],
    },
    spec: {
      appRef: { name },
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
  await world.dropFinalizer(KINDS.CFApp, app, FINALIZER.CFApp ?? '');
}
