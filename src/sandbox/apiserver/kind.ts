/** A version under which a kind's objects are served; they are stored once, whatever their version. */
export interface KindVersion {
  readonly name: string;
  readonly served: boolean;
  /** Whether `status` is a subresource: the main resource then never writes it. */
  readonly status: boolean;
}

/** A kind of object that the server keeps: built in, or defined by a CustomResourceDefinition. */
export interface Kind {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** The preferred one first. */
  readonly versions: readonly KindVersion[];
  /** Whether `metadata.generation` counts the changes of what people want of it. */
  readonly generations: boolean;
  /** Custom resources are replaced only with a resourceVersion and know no strategic merge. */
  readonly custom: boolean;
  /** Fields of `spec` without which an object is refused, as a definition's schema says. */
  readonly required?: readonly string[];
}

/** `widgets.example.com`, or `pods`: as messages and CRDs name it. */
export function resourceName(kind: Pick<Kind, 'group' | 'plural'>): string {
  return kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
}

export function groupVersion(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

export function hasStatus(kind: Kind, version: string): boolean {
  return kind.versions.some(({ name, status }) => name === version && status);
}
