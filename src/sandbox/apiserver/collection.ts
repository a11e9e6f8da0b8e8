import type { KubeObject } from '../../base/object.ts';
import { copyOf } from './json.ts';
import { groupVersion, type Kind } from './kind.ts';

/** What a request goes to: the objects of a kind, in a namespace where they have one. */
export interface Collection {
  readonly kind: Kind;
  readonly version: string;
  readonly namespace: string | undefined;
}

/** The collection of an object, in the version that is preferred. */
export function collectionOf(kind: Kind, object: KubeObject): Collection {
  return { kind, version: kind.versions[0]?.name ?? '', namespace: object.metadata.namespace };
}

/** A copy of a stored object, in the version that was asked for. */
export function shown(
  object: KubeObject,
  { kind, version }: Pick<Collection, 'kind' | 'version'>,
): KubeObject {
  return { ...copyOf(object), apiVersion: groupVersion(kind.group, version) };
}
