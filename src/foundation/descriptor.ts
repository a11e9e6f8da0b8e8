import type { Json } from '../base/object.ts';

/**
 * What a kind is to a backup.
 * - `truth`: state that nothing else can rebuild; exported and restored.
 * - `derived`: a controller makes it again from the truth; restoring it would fight that controller.
 * - `never`: history or locks that do harm when they come back (leases, tasks).
 */
export type Role = 'truth' | 'derived' | 'never';

/** A group and kind, as references name their targets. */
export interface KindName {
  readonly group: string;
  readonly kind: string;
}

/** A test on one object, as data; all that is stated in one mark must hold. Paths as in path.ts. */
export interface Mark {
  readonly label?: string;
  readonly annotation?: string;
  /** A value at this path: any (when `is`, `startsWith`, `matches` are absent), or one that fits them. */
  readonly path?: string;
  readonly is?: Json;
  readonly startsWith?: string;
  /** A regular expression's source, for the whole value. */
  readonly matches?: string;
  /** Kinds one of which is among the owner references. */
  readonly ownedBy?: readonly string[];
  /** The path holds nothing. */
  readonly absent?: string;
  /** Why such an object is not state: for the docs and for reports. */
  readonly because: string;
}

/** Which objects of a truth kind are taken. */
export type Keep =
  /** Every one that no `derivedWhen` mark matches. */
  | 'all'
  /** Those that a kept object refers to. */
  | 'referenced'
  /** Those that refer to a kept object through a reference with `pulls` (RoleBindings of a kept ServiceAccount). */
  | 'referring'
  /** Namespaces in which kept objects live. */
  | 'holding';

/** An edge from a field of this kind to another object. */
export interface ReferenceRule {
  /** Where the name stands; every value that the path yields is one reference, empty strings are none. */
  readonly path: string;
  /** What is named; of several kinds the first that is in the backup. */
  readonly to: readonly KindName[];
  /**
   * Where the target is: the referring object's own namespace (default), cluster-wide by name alone (`any`: for
   * GUIDs, which are unique, and for cluster-scoped kinds), or a namespace that stands at a path beside the name.
   */
  readonly in?: 'same' | 'any' | { readonly path: string };
  /** A prefix or suffix between the value and the target's name, e.g. a placeholder's `-fetch-0`. */
  readonly nameSuffix?: string;
  /**
   * What the edge means for the order of a restore: the target comes `before` this object, `after` it, or it is
   * `free`: needed for the closure of a selection only. Both ends of a cycle cannot be ordered, hence `free`.
   */
  readonly order: 'before' | 'after' | 'free';
  /** With keep: 'referring', this edge decides. */
  readonly pulls?: boolean;
  /** Images and registry hosts inside the target (a Secret of YAML values) are rewritten with the image map. */
  readonly rewriteTarget?: 'values';
  /** The target may be missing without anything being lost (made by a controller, or the target cluster's own). */
  readonly optional?: boolean;
}

/** A field that holds an image reference. */
export interface ImageRule {
  readonly path: string;
  /** The image may be an imgpkg bundle, whose locked images belong to it. */
  readonly bundle?: boolean;
  /** A path that holds the digest that really ran (kapp-controller's status.fetch.stdout), preferred over the tag. */
  readonly resolvedBy?: string;
}

/** Status fields that are state, and how a restore makes them stick. */
export interface StatusRule {
  /** Fields of `.status` that are written back. */
  readonly fields: readonly string[];
  /** Write only once the controller has looked at the object: this path in `.status` exists then. */
  readonly afterFirstPass: string;
  /** Conditions that must read back as they were written; written again until they do. */
  readonly hold: readonly string[];
  /** Objects that show none of these conditions as decided (True or False) were in flight and are not restored. */
  readonly decidedBy: string;
}

/** A change of one field between creation and the end of a restore. */
export interface StartRule {
  readonly path: string;
  /** What the object is created with. */
  readonly createAs: string;
  /** What it is patched to in its `start` step, where the source had this value. */
  readonly startAs: string;
  /** Kinds that must be in place before: their waves come first. */
  readonly after: readonly KindName[];
  /** Conditions, one of which must be True after the start where the source had it. */
  readonly ready: readonly string[];
}

/** One kind of the foundation, as data. Adding a kind to the backup is adding one of these. */
export interface KindDescriptor extends KindName {
  /** Served versions we can read, the preferred one first. */
  readonly versions: readonly string[];
  readonly plural: string;
  readonly namespaced: boolean;
  readonly role: Role;
  /** One line for people: what it is. */
  readonly meaning: string;
  /** For derived and never: who makes it, or what harm it does. */
  readonly because?: string;
  readonly keep?: Keep;
  readonly derivedWhen?: readonly Mark[];
  /** For `all`/`referring` kinds shared with the rest of the cluster: only objects with one of these marks. */
  readonly keptWhen?: readonly Mark[];
  /** Narrows the list on the server. */
  readonly fieldSelector?: string;
  readonly references?: readonly ReferenceRule[];
  readonly images?: readonly ImageRule[];
  /** Names of pull secrets, mapped from the source's registry secrets to the target's. */
  readonly pullSecretPaths?: readonly string[];
  /** Objects of this kind hold secrets: kept apart and encrypted. */
  readonly secret?: boolean;
  /** Paths taken out before creating, on top of the common ones (strip.ts). */
  readonly strip?: readonly string[];
  /** Fields whose difference between archive and live object means nothing (controllers set them). */
  readonly ignoreInComparison?: readonly string[];
  readonly status?: StatusRule;
  readonly start?: StartRule;
  /** Kinds whose objects all come before this one's, beyond what references say. */
  readonly after?: readonly KindName[];
  /** Created one after the other by creationTimestamp, since controllers rank by age. */
  readonly oldestFirst?: boolean;
  /**
   * Conditions that mean "ready", whichever of them the Korifi version uses. A restore waits for the first of them
   * that the source object showed as True, at the current generation, and for none where the source showed none.
   */
  readonly ready?: readonly string[];
  /** Stored owner references to these kinds are set again with the owner's new UID; all others are dropped. */
  readonly relinkOwners?: readonly string[];
  /** What somebody restoring should know, for the docs. */
  readonly remark?: string;
}
