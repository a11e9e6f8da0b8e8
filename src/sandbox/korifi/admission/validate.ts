import type { KubeObject } from '../../../base/object.ts';
import type { Cluster } from '../../../cluster/cluster.ts';
import type { AdmissionRequest } from '../../apiserver/admission.ts';
import type { KorifiConfig } from '../config.ts';
import { Denied } from './denied.ts';
import { leaseName, releaseName, takeName } from './leases.ts';
import { PLACEMENT } from './placement.ts';

import { UNIQUE } from './unique-names.ts';

/** What a UPDATE may not change, by kind; dots separate fields. */
const IMMUTABLE: Readonly<Record<string, readonly string[]>> = {
  CFApp: ['lifecycle.type'],
  CFDomain: ['name'],
  CFRoute: ['host', 'path', 'protocol', 'domainRef.name'],
  CFServiceInstance: ['type'],
  CFServiceBinding: ['appRef.name', 'service.name'],
};

const NAME_LENGTH = 63;

/**
 * Korifi's validating webhooks. Names are registered as Leases on CREATE, moved on UPDATE and given back on
 * DELETE; a dry run registers nothing, and so proves nothing about names.
 * @throws Denied
 */
export async function validate(
  request: AdmissionRequest,
  cluster: Cluster,
  config: KorifiConfig,
): Promise<void> {
  const { rootNamespace } = config;
  const { operation, object, oldObject, dryRun } = request;
  const { kind } = request.kind;
  const unique = UNIQUE[kind];
  if (operation === 'DELETE') {
    if (unique !== undefined && oldObject !== undefined && !dryRun) {
      await releaseName(cluster, unique.name(oldObject, config));
    }
    return;
  }
  if (object === undefined || object.metadata.deletionTimestamp !== undefined) return;
  if (operation === 'UPDATE' && oldObject !== undefined) checkImmutable(kind, oldObject, object);
  if (['CFOrg', 'CFSpace'].includes(kind)) checkLength(object);
  const placement = PLACEMENT[kind];
  await placement?.before?.(object, cluster, rootNamespace);
  if (unique !== undefined && !dryRun) {
    const wanted = unique.name(object, config);
    const held = oldObject && unique.name(oldObject, config);
    const moves = held === undefined || leaseName(held) !== leaseName(wanted);
    if (moves && !(await takeName(cluster, wanted, object))) {
      throw new Denied('DuplicateNameError', unique.taken(object));
    }
    if (moves && held !== undefined) await releaseName(cluster, held);
  }
  if (operation === 'CREATE') await placement?.after?.(object, cluster, rootNamespace);
}

function checkLength({ metadata }: KubeObject): void {
  if (metadata.name.length <= NAME_LENGTH) return;
  throw new Denied('InvalidNameError', `Name cannot be longer than ${NAME_LENGTH} chars`);
}

function checkImmutable(kind: string, before: KubeObject, after: KubeObject): void {
  for (const path of IMMUTABLE[kind] ?? []) {
    const [old, now] = [before, after].map(({ spec }) =>
      path.split('.').reduce((value: Record<string, unknown> | undefined, field) => {
        return value?.[field] as Record<string, unknown> | undefined;
      }, spec),
    );
    if (old !== now) {
      throw new Denied('ImmutableFieldError', `'${kind}.Spec.${path}' field is immutable`);
    }
  }
}
