import type { KubeObject } from '../../base/object.ts';
import { copyOf } from './json.ts';
import { groupVersion, type Kind } from './kind.ts';

/** Where a request goes. */
export interface Place {
  readonly kind: Kind;
  readonly version: string;
  readonly namespace: string | undefined;
}

/** Where an object is, in the version that is preferred. */
export function placeOf(kind: Kind, object: KubeObject): Place {
  return { kind, version: kind.versions[0]?.name ?? '', namespace: object.metadata.namespace };
}

/** A copy of a stored object, in the version that was asked for. */
export function shown(object: KubeObject, { kind, version }: Pick<Place, 'kind' | 'version'>): KubeObject {
  return { ...copyOf(object), apiVersion: groupVersion(kind.group, version) };
}
