import type { JsonObject } from '../base/object.ts';
import type {
  CreateGuard,
  ImageRule,
  KindName,
  KindStep,
  PinRule,
  ReferenceRule,
  StartRule,
  StatusRule,
  Test,
  TouchRule,
  UndoRule,
  VisibilityRule,
} from './rules.ts';

/**
 * What a kind is to a backup.
 * - `truth`: state that nothing else can rebuild; exported and restored.
 * - `derived`: a controller makes it again from the truth; restoring it would fight that controller.
 * - `never`: locks that do harm when they come back (leases).
 */
export type Role = 'truth' | 'derived' | 'never';

export interface Mark extends Test {
  /** Why such an object is not state: for the docs and for reports. */
  readonly because: string;
}

/** Which objects of a truth kind are taken, of those that no `derivedWhen` mark matches. */
export type Keep =
  /** Every one; with `keptWhen`, those with one of its marks. */
  | 'all'
  /** Those that a kept object refers to, and those with a `keptWhen` mark. */
  | 'referenced'
  /**
   * Those that refer to a kept object through a reference with `pulls` (RoleBindings of a kept ServiceAccount), and
   * those with a `keptWhen` mark.
   */
  | 'referring'
  /** Namespaces in which kept objects live. */
  | 'holding';

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
  readonly keptWhen?: readonly Mark[];
  /** Exported, but left out by a restore and reported: bringing these back would do harm. */
  readonly heldBackWhen?: readonly Mark[];
  /** Comes back only when a person asks for it by the flag of this name. */
  readonly onDemand?: 'tasks';
  /** Fields of `spec` with which the object is made, whatever the source had: its controller would act otherwise. */
  readonly createWith?: JsonObject;
  /** Narrows the list on the server. */
  readonly fieldSelector?: string;
  readonly references?: readonly ReferenceRule[];
  readonly images?: readonly ImageRule[];
  /** Names of pull secrets, mapped from the source's registry secrets to the target's. */
  readonly pullSecretPaths?: readonly string[];
  /** Where objects name a domain: by the CFDomain's name, or (a CFDomain itself) by what the domain is called. */
  readonly domains?: { readonly objects?: readonly string[]; readonly names?: string };
  /** Objects of this kind hold secrets: kept apart and encrypted. */
  readonly secret?: boolean;
  /** Paths taken out before creating, on top of the common ones (strip.ts). */
  readonly strip?: readonly string[];
  readonly pins?: readonly PinRule[];
  /** Fields that cannot or must not be changed once the object is there, and what is below them. */
  readonly immutable?: readonly string[];
  /** Fields whose difference between archive and live object means nothing (controllers set them). */
  readonly ignoreInComparison?: readonly string[];
  readonly status?: StatusRule;
  readonly guards?: readonly CreateGuard[];
  readonly touch?: TouchRule;
  readonly start?: StartRule;
  /** Kinds whose objects all come before this one's, beyond what references say. */
  readonly after?: readonly KindStep[];
  /** The same for objects of these kinds in the same namespace only. */
  readonly afterInNamespace?: readonly KindName[];
  /** Those of one owner are created one after the other by creationTimestamp, since controllers rank them by age. */
  readonly oldestFirst?: boolean;
  /**
   * Paths of what together no two objects of this kind may have, letters of either case being the same: within a
   * namespace, or with `uniqueEverywhere` in the whole foundation.
   */
  readonly uniqueName?: readonly string[];
  readonly uniqueEverywhere?: true;
  /** Its age is shown to users, so the source's creationTimestamp is kept as an annotation. */
  readonly showsAge?: boolean;
  /**
   * Conditions that mean "ready", whichever of them the Korifi version uses. A restore waits for the first of them
   * that the source object showed as True, at the current generation, and for none where the source showed none.
   */
  readonly ready?: readonly string[];
  /**
   * Ready only counts where an object of these kinds that this one names comes back too: what a package brings comes
   * later than what waits.
   */
  readonly readyWith?: readonly KindName[];
  readonly visibleFirst?: VisibilityRule;
  /** Where people look for the reason when an object does not become ready: logs, or what it is made of. */
  readonly see?: string;
  /** Objects that will not become ready (paused ones), whatever the source showed. */
  readonly neverReadyWhen?: readonly Test[];
  /** Stored owner references to these kinds are set again with the owner's new UID; all others are dropped. */
  readonly relinkOwners?: readonly string[];
  /** What must be done to the objects that a restore made before any of what it made is deleted. */
  readonly undo?: UndoRule;
  /** Objects of this kind to which other rules apply; the first whose test they pass. */
  readonly variants?: readonly Variant[];
  /** What somebody restoring should know, for the docs. */
  readonly remark?: string;
}

/** What differs for some objects of a kind. */
export interface Variant
  extends Partial<
    Pick<
      KindDescriptor,
      'references' | 'status' | 'touch' | 'guards' | 'ready' | 'undo' | 'heldBackWhen' | 'ignoreInComparison'
    >
  > {
  readonly where: Test;
}

/** What is known of the whole foundation when one object is judged. */
export interface FoundationFacts {
  /** Names of Korifi's registry secrets, copied from the root namespace into every org and space. */
  readonly registrySecretNames?: readonly string[];
  /** Values of the label `kapp.k14s.io/app` that belong to kapp-controller's apps; unknown: every value does. */
  readonly controllerApps?: ReadonlySet<string>;
}
