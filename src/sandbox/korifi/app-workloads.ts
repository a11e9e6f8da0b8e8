import { createHash } from 'node:crypto';
import type { KubeObject } from '../../base/object.ts';
import { decide } from '../controllers/conditions.ts';
import type { Rule } from '../controllers/rule.ts';
import { controlledBy } from '../controllers/world.ts';
import { KINDS } from '../kinds.ts';
import { korifiConfig } from './config.ts';
import { LABEL } from './names.ts';

/** statefulset-runner: an AppWorkload becomes a StatefulSet and is ready when all its replicas are. */
export const appWorkloads: Rule = {
  name: 'AppWorkload',
  kind: KINDS.AppWorkload,
  async reconcile(workload, world) {
    if (korifiConfig(world) === undefined || workload.metadata.deletionTimestamp !== undefined) return;
    const set = await world.ensure(KINDS.StatefulSet, statefulSetOf(workload));
    const instances: number = workload.spec.instances;
    const ready = (set.status?.readyReplicas ?? 0) === instances;
    await world.status(KINDS.AppWorkload, workload, {
      observedGeneration: workload.metadata.generation,
      actualInstances: set.status?.readyReplicas ?? 0,
      conditions: decide(workload, [
        ready
          ? { type: 'Ready', status: 'True', reason: 'AppWorkloadReady' }
          : { type: 'Ready', status: 'False', reason: 'AppWorkloadNotReady' },
      ]),
    });
  },
};

function statefulSetOf(workload: KubeObject) {
  const { name, namespace } = workload.metadata;
  const { GUID: guid, version, instances, image, imagePullSecrets, command, resources } = workload.spec;
  const labels = {
    [LABEL.appGuid]: workload.spec.appGUID as string,
    [LABEL.processType]: workload.spec.processType as string,
    'korifi.cloudfoundry.org/guid': guid as string,
    'korifi.cloudfoundry.org/version': String(version),
  };
  const digest = createHash('sha1').update(name).digest('hex').slice(0, 10);
  return {
    metadata: {
      name: `${guid.slice(0, 40).replace(/-+$/, '')}-${digest}`,
      ...(namespace && { namespace }),
      labels,
      ownerReferences: [controlledBy(workload)],
    },
    spec: {
      replicas: instances,
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: 'korifi-app',
          imagePullSecrets,
          containers: [{ name: 'application', image, imagePullPolicy: 'Always', command, resources }],
        },
      },
    },
  };
}
