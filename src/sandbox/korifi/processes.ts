import { createHash } from 'node:crypto';
import type { KubeObject } from '../../base/object.ts';
import { decide } from '../controllers/conditions.ts';
import { type Rule, Unwatched } from '../controllers/rule.ts';
import { controlledBy, type World } from '../controllers/world.ts';
import { KINDS } from '../kinds.ts';
import { dropletOf } from './apps.ts';
import { korifiConfig } from './config.ts';
import { ANNOTATION, LABEL } from './names.ts';

/** A process of a started app runs as an AppWorkload of the app's revision; others of it are deleted. */
export const processes: Rule = {
  name: 'CFProcess',
  kind: KINDS.CFProcess,
  async reconcile(found, world) {
    const release = korifiConfig(world)?.release;
    if (release === undefined || found.metadata.deletionTimestamp !== undefined) return;
    const app = world.find(KINDS.CFApp, found.metadata.namespace, found.spec.appRef.name);
    if (app === undefined)
      throw new Unwatched(`error when trying to fetch CFApp "${found.spec.appRef.name}"`);
    const process = await world.own(KINDS.CFProcess, found, app);
    const wanted = app.spec.desiredState === 'STARTED' ? await run(world, app, process) : undefined;
    await world.status(KINDS.CFProcess, process, {
      observedGeneration: process.metadata.generation,
      ...(release.patching && {
        conditions: decide(process, [{ type: 'Ready', status: 'True', reason: 'Ready' }]),
      }),
    });
    for (const workload of world.in(KINDS.AppWorkload, process.metadata.namespace)) {
      const ours = workload.metadata.labels?.[LABEL.processGuid] === process.metadata.name;
      if (ours && workload.metadata.name !== wanted) await world.delete(KINDS.AppWorkload, workload);
    }
  },
};

/** The name of the process's AppWorkload, which depends on how often the app was stopped. */
function workloadName(process: string, revision: string): string {
  return `${process}-${createHash('sha1').update(revision).digest('hex').slice(0, 10)}`;
}

async function run(world: World, app: KubeObject, process: KubeObject): Promise<string> {
  const droplet = dropletOf(world, app);
  if (droplet === undefined) throw new Unwatched(`no droplet for app "${app.metadata.name}"`);
  const { name: guid, namespace } = process.metadata;
  const revision = app.metadata.annotations?.[ANNOTATION.appRev] ?? '0';
  const name = workloadName(guid, revision);
  const { memoryMB, diskQuotaMB, desiredInstances, command, detectedCommand, processType } = process.spec;
  await world.ensure(KINDS.AppWorkload, {
    metadata: {
      name,
      ...(namespace && { namespace }),
      labels: {
        [LABEL.appGuid]: app.metadata.name,
        [LABEL.appRev]: revision,
        [LABEL.processGuid]: guid,
        [LABEL.processType]: processType,
      },
      ownerReferences: [controlledBy(process)],
    },
    spec: {
      appGUID: app.metadata.name,
      GUID: guid,
      version: app.metadata.annotations?.[ANNOTATION.lastStopAppRev] ?? '0',
      processType,
      image: droplet.registry.image,
      imagePullSecrets: droplet.registry.imagePullSecrets ?? [],
      command: ['/cnb/lifecycle/launcher', command || detectedCommand || ''],
      instances: desiredInstances,
      ports: droplet.ports,
      resources: {
        requests: { memory: quantity(memoryMB), 'ephemeral-storage': quantity(diskQuotaMB) },
        limits: { memory: quantity(memoryMB), 'ephemeral-storage': quantity(diskQuotaMB) },
      },
      runnerName: 'statefulset-runner',
    },
  });
  return name;
}

/** MiB as Kubernetes writes a quantity: in the largest unit that divides it. */
function quantity(mebibytes: number): string {
  return mebibytes % 1024 === 0 ? `${mebibytes / 1024}Gi` : `${mebibytes}Mi`;
}
