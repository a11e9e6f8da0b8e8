import type { KubeObject } from '../../base/object.ts';
import type { Collection } from './collection.ts';
import { isEqual } from './json.ts';
import { hasStatus } from './kind.ts';
import { checkFinalizers, checkMetadata, keptMetadata } from './metadata.ts';
import { strategyOf } from './strategies.ts';

export type Subresource = 'status' | 'finalize';

/** A new object as it may be stored: without a status that is a subresource, with what its kind adds, checked. */
export function creatable(sent: KubeObject, { kind, version }: Collection): KubeObject {
  const { status, ...rest } = sent;
  const object: KubeObject = hasStatus(kind, version) ? (rest as KubeObject) : sent;
  const { prepare, check } = strategyOf(kind);
  const prepared = prepare?.(object, undefined) ?? object;
  checkMetadata(prepared, kind);
  check?.(prepared, undefined, kind);
  return prepared;
}

/** What a write to the object or to one of its subresources may change; all else stays as it is. */
export function bounded(
  sent: KubeObject,
  current: KubeObject,
  { kind, version }: Collection,
  subresource: Subresource | undefined,
): KubeObject {
  if (subresource === 'status') return { ...current, status: sent.status };
  if (subresource === 'finalize') return { ...current, spec: { ...current.spec, ...sent.spec } };
  const next: KubeObject = { ...sent, metadata: keptMetadata(sent.metadata, current.metadata) };
  if (!hasStatus(kind, version)) return next;
  const { status, ...rest } = next;
  return (current.status === undefined ? rest : { ...rest, status: current.status }) as KubeObject;
}

/** A changed object as it may be stored, with what its kind adds, checked. */
export function updatable(next: KubeObject, current: KubeObject, collection: Collection): KubeObject {
  const { prepare, check } = strategyOf(collection.kind);
  const prepared = prepare?.(next, current) ?? next;
  checkMetadata(prepared, collection.kind);
  checkFinalizers(prepared.metadata, current.metadata, collection.kind);
  check?.(prepared, current, collection.kind);
  return prepared;
}

/** The generation counts changes outside of metadata and of a status that is a subresource. */
export function withGeneration(
  next: KubeObject,
  current: KubeObject,
  { kind, version }: Collection,
): KubeObject {
  if (!kind.generations) return next;
  const ignored = ['metadata', 'apiVersion', ...(hasStatus(kind, version) ? ['status'] : [])];
  const wanted = (object: KubeObject) =>
    Object.fromEntries(Object.entries(object).filter(([field]) => !ignored.includes(field)));
  if (isEqual(wanted(next), wanted(current))) return next;
  return { ...next, metadata: { ...next.metadata, generation: (current.metadata.generation ?? 0) + 1 } };
}
