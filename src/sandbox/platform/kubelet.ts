import { conditionOf } from '../controllers/conditions.ts';
import type { Rule } from '../controllers/rule.ts';
import type { ImageClient } from '../images/client.ts';
import { KINDS } from '../kinds.ts';

/** Kubernetes' workload controllers and nodes, played: replicas run and jobs end when their image can be pulled. */
export function kubelet(images: ImageClient): Rule[] {
  return [
    {
      name: 'StatefulSet',
      kind: KINDS.StatefulSet,
      async reconcile(set, world) {
        const replicas: number = set.spec.replicas;
        const image = set.spec.template.spec.containers[0].image;
        const { observedGeneration, readyReplicas = 0 } = set.status ?? {};
        if (observedGeneration === set.metadata.generation && readyReplicas === replicas) return;
        const ready = (await images.has(image)) ? replicas : 0;
        await world.status(KINDS.StatefulSet, set, {
          observedGeneration: set.metadata.generation,
          replicas,
          readyReplicas: ready,
          availableReplicas: ready,
        });
      },
    },
    {
      name: 'Job',
      kind: KINDS.Job,
      async reconcile(job, world) {
        if (conditionOf(job, 'Complete') !== undefined) return;
        if (!(await images.has(job.spec.template.spec.containers[0].image))) return;
        const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
        await world.status(KINDS.Job, job, {
          startTime: now,
          completionTime: now,
          succeeded: 1,
          conditions: [
            { type: 'SuccessCriteriaMet', status: 'True', lastTransitionTime: now },
            { type: 'Complete', status: 'True', lastTransitionTime: now },
          ],
        });
      },
    },
  ];
}
