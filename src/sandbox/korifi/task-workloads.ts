import type { KubeObject } from '../../base/object.ts';
import { conditionOf, decide } from '../controllers/conditions.ts';
import type { Rule } from '../controllers/rule.ts';
import { controlledBy } from '../controllers/world.ts';
import { KINDS } from '../kinds.ts';
import type { KorifiTools } from './korifi.ts';

/** job-task-runner: a TaskWorkload becomes a Job; its end is the task's. */
export function taskWorkloads({ activity }: KorifiTools): Rule {
  return {
    name: 'TaskWorkload',
    kind: KINDS.TaskWorkload,
    async reconcile(workload, world) {
      if (workload.metadata.deletionTimestamp !== undefined) return;
      const { namespace, name } = workload.metadata;
      const job = world.find(KINDS.Job, namespace, name);
      if (job === undefined && conditionOf(workload, 'Initialized') === undefined) {
        await world.create(KINDS.Job, jobOf(workload));
        activity.record('task-run', `CFTask ${namespace}/${name}: ${workload.spec.command[1]}`);
      }
      const complete = job !== undefined && conditionOf(job, 'Complete')?.status === 'True';
      await world.status(KINDS.TaskWorkload, workload, {
        conditions: decide(workload, [
          { type: 'Initialized', status: 'True', reason: 'JobCreated' },
          { type: 'Started', status: 'True', reason: 'JobStarted' },
          ...(complete ? [{ type: 'Succeeded', status: 'True', reason: 'JobSucceeded' } as const] : []),
        ]),
      });
    },
  };
}

function jobOf(workload: KubeObject) {
  const { namespace, name } = workload.metadata;
  const { image, command } = workload.spec;
  return {
    metadata: { name, ...(namespace && { namespace }), ownerReferences: [controlledBy(workload)] },
    spec: {
      backoffLimit: 0,
      template: {
        spec: {
          restartPolicy: 'Never',
          serviceAccountName: 'korifi-task',
          containers: [{ name: 'workload', image, command }],
        },
      },
    },
  };
}
