import type { Json } from '../base/object.ts';

/** A group and kind, as references name their targets. */
export interface KindName {
  readonly group: string;
  readonly kind: string;
}

/**
 * What a restore does to one object, in this order: make it, write its status back, touch it so that its controller
 * looks again, wait until it is ready as it was made, and change the field that it starts with.
 */
export type Step = 'create' | 'status' | 'touch' | 'ready' | 'start';

/** All objects of a kind, as far as `step`; without it, created and with their status. */
export interface KindStep extends KindName {
  readonly step?: 'touch' | 'ready' | 'start';
}

/** A test on one object, as data; all that is stated must hold. Paths as in path.ts. */
export interface Test {
  readonly label?: string;
  readonly annotation?: string;
  /** An annotation that it must not have. */
  readonly notAnnotation?: string;
  /** A value at this path: any (when `is`, `startsWith`, `matches` are absent), or one that fits them. */
  readonly path?: string;
  /** No text stands at this path. */
  readonly lacks?: string;
  readonly is?: Json;
  readonly startsWith?: string;
  /** A regular expression's source, for the whole value. */
  readonly matches?: string;
  /** Kinds one of which is among the owner references. */
  readonly ownedBy?: readonly string[];
  /** Kinds none of which is among the owner references. */
  readonly notOwnedBy?: readonly string[];
  /** Deployed by one of kapp-controller's apps: its record has the value of the object's label `kapp.k14s.io/app`. */
  readonly deployedByController?: true;
  readonly and?: Test;
}

/** An edge from a field of this kind to another object. */
export interface ReferenceRule {
  /** Where the name stands; every value that the path yields is one reference, empty strings are none. */
  readonly path: string;
  /** What is named; of several kinds the first that is in the backup. */
  readonly to: readonly KindName[];
  /**
   * Where the target is:
   * - `same` (default): the referring object's own namespace;
   * - `any`: found by its name alone, for GUIDs, which are unique, and for cluster-scoped kinds;
   * - `beside`: the namespace stands in the field of this name beside the name;
   * - `path`: the namespace stands at this path;
   * - `brought`: the objects of these kinds bring what is named (a package its cluster roles): all of them come first.
   */
  readonly in?: 'same' | 'any' | 'brought' | { readonly beside: string } | { readonly path: string };
  /** Only where the field of this name beside the name has this value. */
  readonly when?: { readonly beside: string; readonly is: string };
  /** Only where the referring object passes. */
  readonly where?: Test;
  /**
   * The names of Korifi's registry secrets are no references, since each installation has its own. While those are
   * not known, every name is taken for one.
   */
  readonly except?: 'registry-secrets';
  /**
   * What the edge means for the order of a restore: the target comes `before` this object, `after` it, or it is
   * `free`: needed for the closure of a selection only. Both ends of a cycle cannot be ordered, hence `free`.
   */
  readonly order: 'before' | 'after' | 'free';
  /**
   * With keep: 'referring', this edge decides; and whoever refers to the target waits for this object too, since the
   * target does not work without it (a ServiceAccount without its RoleBinding).
   */
  readonly pulls?: boolean;
  /** The target is not started when this object could not be brought back: it would run without what it is bound to. */
  readonly neededToStart?: boolean;
  /**
   * Which end brings the other one along into a selection: whoever takes this object takes its `target` (the default),
   * `both` (this object is a part of its target, or `pulls`), whoever takes the target takes this `source` only, or
   * `neither`.
   */
  readonly brings?: 'target' | 'both' | 'source' | 'neither';
  /** Images and registry hosts inside the target (a Secret of YAML values) are rewritten with the image map. */
  readonly rewriteTarget?: 'values';
  /** What the target (a Secret) holds, for conversions between versions of Korifi. */
  readonly holds?: 'service-credentials';
  /** Where the target is left out of a restore, this object is too. */
  readonly together?: true;
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
  /** The image is pushed there by a controller: the reference is rewritten, but there is nothing to export. */
  readonly pushed?: boolean;
  /** Only values with this scheme are images (`oci://`); the chart's name and version stand beside it. */
  readonly chart?: boolean;
}

/** Status fields that are state, and how a restore makes them stick. */
export interface StatusRule {
  /** Fields of `.status` that are written back. */
  readonly fields: readonly string[];
  /** Write only once the controller has looked at the object: this path in `.status` exists then. */
  readonly afterFirstPass: string;
  /** Conditions that must read back as they were written; written again until they do. */
  readonly hold: readonly string[];
  /** Fields that get another one's value where the source has none: without them a controller would act again. */
  readonly fallbacks?: Readonly<Record<string, string>>;
  /**
   * Objects that show none of these conditions in one of these states (True and False, if nothing else is said) were in
   * flight and are not restored.
   */
  readonly decidedBy?: readonly string[];
  readonly decidedAs?: readonly string[];
  /** Its controller deletes the object when it is old enough, which may be as soon as it has its status. */
  readonly expires?: true;
}

/** A write that changes nothing, so that a controller that watches too little looks again. */
export interface TouchRule {
  /** Kinds that must be in place before: their waves come first. */
  readonly after: readonly KindName[];
  readonly because: string;
  /** Conditions, one of which must be True after the touch where the source had it. */
  readonly ready?: readonly string[];
}

/** What must hold of another object before one of this kind is created, since its controller would do harm else. */
export interface CreateGuard {
  /** Where the other object's name stands. */
  readonly path: string;
  readonly of: KindName;
  /** In the object's own namespace, or in Korifi's root namespace. */
  readonly in: 'same' | 'root';
  /** What it must pass, if it is there; or it must not be there. */
  readonly must: Test | 'be absent';
  readonly because: string;
  readonly hint: string;
}

/** A change of one field between creation and the end of a restore. */
export interface StartRule {
  readonly path: string;
  /** What the object is created with. */
  readonly createAs: Json;
  /** What it is patched to in its `start` step, where the source had this value; without it, whatever the source had. */
  readonly startAs?: string;
  /** Left out with --no-start. */
  readonly optional?: true;
  /** Kinds that must be in place before: their waves come first. */
  readonly after: readonly KindStep[];
  /** Conditions, one of which must be True after the start where the source had it. */
  readonly ready: readonly string[];
  /** One of them is waited for before the start too, also where nothing is to be started. */
  readonly readyFirst?: true;
}

/** How an object is deleted without harm to others; what is written to it comes before every deletion. */
export interface UndoRule {
  /** Deleted once the owner that it was given is gone: as long as that is there, its controller makes it again. */
  readonly afterOwner?: true;
  /** Made anew by a controller from an object of this kind that it names, and left behind when that goes. */
  readonly madeFrom?: KindName;
  /** Set on the object, which is then deleted as any other. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** All finalizers are taken off, so that its controller does not see it go. */
  readonly dropFinalizers?: true;
  readonly because: string;
}

/** An object that is not in the backup and has to be seen from this one's namespace before this one is made. */
export interface VisibilityRule {
  readonly kind: KindName;
  /** Paths whose values, joined by dots, are its name. */
  readonly name: readonly string[];
  /** A regular expression's source that the whole name fits; other names are not waited for. */
  readonly matching: string;
}

/** A field that gets its value from the source's status: a version range pinned to the version that ran. */
export interface PinRule {
  /** The map that selects a version by `constraints`, and lets pre-releases in where it has `prereleases`. */
  readonly path: string;
  /** Under the whole object. */
  readonly from: string;
}
