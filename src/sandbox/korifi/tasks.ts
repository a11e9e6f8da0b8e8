import type { KubeObject } from '../../base/object.ts';
import { conditionOf, type Decision, decide, isTrue } from '../controllers/conditions.ts';
import { type Rule, Unwatched } from '../controllers/rule.ts';
import { controlledBy, type World } from '../controllers/world.ts';
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
    if (found.spec.canceled === true) return cancel(world, found);
    const app = world.find(KINDS.CFApp, namespace, found.spec.appRef.name);
    if (app === undefined) throw new Unwatched(`error getting CFApp "${found.spec.appRef.name}"`);
    const task = await world.own(KINDS.CFTask, found, app);
    const droplet = dropletOf(world, app);
    if (droplet === undefined) throw new Unwatched(`no droplet for app "${app.metadata.name}"`);
    const begun = {
      sequenceId: task.status?.sequenceId ?? sequenceId(),
      memoryMB: 1024,
      diskQuotaMB: 1024,
      dropletRef: task.status?.dropletRef ?? app.spec.currentDropletRef,
    };
    const workload = world.find(KINDS.TaskWorkload, namespace, name);
    if (workload === undefined) {
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
      conditions: decide(task, outcome(workload)),
    });
  },
};

/** Before anything is looked at; what has succeeded is not called failed on top. */
async function cancel(world: World, task: KubeObject): Promise<void> {
  const reason = 'TaskCanceled';
  const failed: Decision[] = isTrue(task, 'Succeeded') ? [] : [{ type: 'Failed', status: 'True', reason }];
  await world.status(KINDS.CFTask, task, {
    sequenceId: task.status?.sequenceId ?? sequenceId(),
    memoryMB: task.status?.memoryMB ?? 1024,
    diskQuotaMB: task.status?.diskQuotaMB ?? 1024,
    observedGeneration: task.metadata.generation,
    conditions: decide(task, [{ type: 'Canceled', status: 'True', reason }, ...failed]),
  });
}

/** The time, to the millisecond. */
function sequenceId(): number {
  return Number(new Date().toISOString().replace(/\D/g, '').slice(0, 16));
}

function outcome(workload: KubeObject | undefined): Decision[] {
  const initialized: Decision = { type: 'Initialized', status: 'True', reason: 'TaskInitialized' };
  const results = ['Started', 'Succeeded', 'Failed'].flatMap(type => {
    const result = workload && conditionOf(workload, type);
    return result === undefined ? [] : [{ type, status: result.status, reason: result.reason }];
  });
  return [initialized, ...results];
}
