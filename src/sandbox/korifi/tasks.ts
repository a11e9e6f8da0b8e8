import type { KubeObject } from '../../base/object.ts';
import { conditionOf, type Decision, decide } from '../controllers/conditions.ts';
import { type Rule, Unwatched } from '../controllers/rule.ts';
import { controlledBy } from '../controllers/world.ts';
import { KINDS } from '../kinds.ts';
import { dropletOf } from './apps.ts';
import { korifiConfig } from './config.ts';
import { LABEL } from './names.ts';

/**
 * A task without TaskWorkload runs, whatever its status says: one that is restored runs its command again.
 * `spec.canceled` avoids the run and records a failure instead.
 */
export const tasks: Rule = {
  name: 'CFTask',
  kind: KINDS.CFTask,
  async reconcile(found, world) {
    if (korifiConfig(world) === undefined || found.metadata.deletionTimestamp !== undefined) return;
    const { namespace, name } = found.metadata;
    const app = world.find(KINDS.CFApp, namespace, found.spec.appRef.name);
    if (app === undefined) throw new Unwatched(`error getting CFApp "${found.spec.appRef.name}"`);
    const task = await world.own(KINDS.CFTask, found, app);
    const droplet = dropletOf(world, app);
    if (droplet === undefined) throw new Unwatched(`no droplet for app "${app.metadata.name}"`);
    const begun = {
      sequenceId: task.status?.sequenceId ?? Number(new Date().toISOString().replace(/\D/g, '').slice(0, 16)),
      memoryMB: 1024,
      diskQuotaMB: 1024,
      dropletRef: task.status?.dropletRef ?? app.spec.currentDropletRef,
    };
    const workload = world.find(KINDS.TaskWorkload, namespace, name);
    if (workload === undefined && task.spec.canceled !== true) {
      await world.create(KINDS.TaskWorkload, {
        metadata: {
          name,
          ...(namespace && { namespace }),
          labels: { [LABEL.taskGuid]: name },
          ownerReferences: [controlledBy(task)],
        },
        spec: { command: ['/cnb/lifecycle/launcher', task.spec.command], image: droplet.registry.image },
      });
    }
    await world.status(KINDS.CFTask, task, {
      ...begun,
      observedGeneration: task.metadata.generation,
      conditions: decide(task, outcome(task, workload)),
    });
  },
};

function outcome(task: KubeObject, workload: KubeObject | undefined): Decision[] {
  const initialized: Decision = { type: 'Initialized', status: 'True', reason: 'TaskInitialized' };
  if (task.spec.canceled === true) {
    return [
      initialized,
      { type: 'Canceled', status: 'True', reason: 'TaskCanceled' },
      { type: 'Failed', status: 'True', reason: 'TaskCanceled' },
    ];
  }
  const results = ['Started', 'Succeeded', 'Failed'].flatMap(type => {
    const result = workload && conditionOf(workload, type);
    return result === undefined ? [] : [{ type, status: result.status, reason: result.reason }];
  });
  return [initialized, ...results];
}
