import type { JsonObject, KubeObject, ObjectId } from '../base/object.ts';
import { differences, statusDifferences } from '../foundation/compare.ts';
import type { KindDescriptor } from '../foundation/descriptor.ts';
import { replace } from '../foundation/path.ts';
import type { StartRule } from '../foundation/rules.ts';
import { type ShownDifference, shown } from '../foundation/shown.ts';
import { startValue } from '../foundation/start.ts';
import { conditionsOf } from './conditions.ts';
import { type Mapping, transform } from './transform.ts';

interface FinalOptions {
  readonly id: ObjectId;
  readonly mapping: Mapping;
  /** Whether what ran at the source is to run. */
  readonly start: boolean;
}

/** In which fields a live object is not what a restore comes to when all its steps are done. */
export function finalDifferences(
  descriptor: KindDescriptor,
  archived: KubeObject,
  live: KubeObject,
  { id, mapping, start }: FinalOptions,
): ShownDifference[] {
  const wanted = transform(descriptor, archived, id, mapping);
  if (start && descriptor.start) setStart(wanted, archived, descriptor.start);
  const isConverted = mapping.crossing.conversions.length > 0;
  const differing = [
    ...differences(descriptor, wanted, live, { isFinal: true, isConverted }),
    ...statusDifferences(descriptor, (wanted.status ?? {}) as JsonObject, (live.status ?? {}) as JsonObject),
  ];
  return [
    ...differing.map(difference => shown(descriptor, difference)),
    ...conditionDifferences(descriptor, archived, live),
  ];
}

function setStart(wanted: KubeObject, archived: KubeObject, rule: StartRule): void {
  const value = startValue(rule, archived);
  if (value !== undefined) replace(wanted, rule.path, () => value);
}

/** Conditions by which a controller knows what was decided: whether a build has succeeded. */
function conditionDifferences(
  { status }: KindDescriptor,
  archived: KubeObject,
  live: KubeObject,
): ShownDifference[] {
  return (status?.hold ?? []).flatMap(type => {
    const [was, is] = [archived, live].map(
      object => conditionsOf(object).find(condition => condition.type === type)?.status,
    );
    if (was === undefined || was === is) return [];
    return [{ path: `status.conditions.${type}`, archive: was, ...(is !== undefined && { cluster: is }) }];
  });
}
