/** A JSON value, as it stands in a Kubernetes object. */
export type Json = string | number | boolean | null | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** The part of `metadata` that this program reads; everything else is carried along untouched. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: Json[];
}

/** What an object goes with when it is deleted. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** A Kubernetes object with every field that the server sent. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  // biome-ignore lint/suspicious/noExplicitAny: the fields of foreign kinds are read by path only
  [field: string]: any;
}

/** Which object: the group, without a version, since the same object is served under several. */
export interface ObjectId {
  readonly group: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** The group of an apiVersion; empty for the core group. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** Which object it is. */
export function idOf(object: KubeObject): ObjectId {
  const { name, namespace } = object.metadata;
  const id = { group: groupOf(object.apiVersion), kind: object.kind, name };
  return namespace === undefined ? id : { ...id, namespace };
}

/** The identity as one string, unique within a cluster: `kind.group/namespace/name`. A map key, never shown. */
export function keyOf(id: ObjectId): string {
  return `${id.kind}.${id.group}/${id.namespace ?? ''}/${id.name}`;
}

/** The identity as people read it: `CFApp space-guid/app-guid`. */
export function showId(id: ObjectId): string {
  return `${id.kind} ${id.namespace === undefined ? '' : `${id.namespace}/`}${id.name}`;
}
