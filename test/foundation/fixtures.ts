import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { groupOf, idOf, type KubeObject, showId } from '../../src/base/object.ts';
import { descriptorOf } from '../../src/foundation/catalog.ts';
import type { KindDescriptor, Role } from '../../src/foundation/descriptor.ts';
import { referencesOf } from '../../src/foundation/references.ts';
import type { WaveItem } from '../../src/foundation/waves.ts';

/** A small foundation, sorted by what its objects are to a backup. */
export const FOUNDATION = load(
  readFileSync(new URL('fixtures/foundation.yaml', import.meta.url), 'utf8'),
) as Record<Role, KubeObject[]>;

export function kindOf(object: KubeObject): KindDescriptor {
  const descriptor = descriptorOf(groupOf(object.apiVersion), object.kind);
  if (descriptor === undefined) throw new TypeError(`${object.kind} is not in the catalog`);
  return descriptor;
}

export function named(name: string): KubeObject {
  const object = FOUNDATION.truth.find(object => showId(idOf(object)) === name);
  if (object === undefined) throw new TypeError(`${name} is not in the fixtures`);
  return structuredClone(object);
}

/** What the order of a restore sees of an object. */
export function waveItem(object: KubeObject): WaveItem {
  const descriptor = kindOf(object);
  return {
    id: idOf(object),
    descriptor,
    references: referencesOf(descriptor, object),
    startWanted: object.spec?.desiredState === 'STARTED',
    statusWanted: descriptor.status !== undefined && object.status !== undefined,
    readyWanted: object.status?.conditions !== undefined,
    ...(object.metadata.creationTimestamp !== undefined && { createdAt: object.metadata.creationTimestamp }),
  };
}
