/**
 * What a wizard asks the world. The machine never calls it itself: it says which call it waits for, and whoever runs it
 * makes the call. Every method may fail; the failure is shown, and the step stays open.
 */
export interface RestorePort {
  /** Opens the archive's secrets; false when the key has a passphrase of its own. @throws when the key is not theirs */
  unlock(key: SecretKey): Promise<boolean>;
  /** What can be chosen, once the secrets are open. */
  survey(): Promise<Foundation>;
  /** What the target is, and what of the archive may be called otherwise there. */
  target(): Promise<TargetFacts>;
  /**
   * Looks whether images can be brought where the rules say, and be had where none does; whether domains clash; whether
   * people are known, and logins are there and taken.
   */
  tryPlaces(rules: readonly Rule[]): Promise<readonly PlaceCheck[]>;
  /** Everything that is checked before the first write, and what would be written. */
  examine(answers: Answers): Promise<Examined>;
}

/** What opens secrets. */
export type SecretKey =
  | {
      readonly kind: 'identity';
      readonly path: string;
      /** Of an ssh key that has one. */
      readonly passphrase?: string;
    }
  | { readonly kind: 'passphrase'; readonly passphrase: string };

/** What is known of an archive before anything is asked. */
export interface ArchiveFacts {
  readonly file: string;
  /** Name and text, in the order in which they are read. */
  readonly facts: readonly (readonly [name: string, text: string])[];
  readonly losses: readonly { readonly subject: string; readonly reason: string }[];
  /** What opens its secrets; undefined when they are in plain text, or open already. */
  readonly lock: SecretKey['kind'] | undefined;
  /** What the flags say becomes of objects that are there and differ. */
  readonly onExisting: OnExisting;
}

/** An org, space or app with what is in it, or the installation. Sizes are bytes. */
export interface Branch {
  readonly kind: 'installation' | 'org' | 'space' | 'app';
  readonly guid: string;
  readonly name: string;
  readonly objects: number;
  readonly bytes: number;
  readonly sharedBytes: number;
  readonly children: readonly Branch[];
}

/** What is chosen: all, with or without what installs the foundation; or parts of it, by GUID. */
export type Scope =
  | { readonly all: true; readonly installation: boolean }
  | {
      readonly all: false;
      readonly orgs: ReadonlySet<string>;
      readonly spaces: ReadonlySet<string>;
      readonly apps: ReadonlySet<string>;
      readonly installation: boolean;
    };

/** What a choice comes to. */
export interface Effect {
  readonly objects: number;
  readonly images: number;
  readonly bytes: number;
  /** What comes along, though it belongs to nothing that was chosen. */
  readonly brought: readonly string[];
  /** What something chosen names and does not bring. */
  readonly leftOut: readonly { readonly subject: string; readonly usedBy: readonly string[] }[];
}

export interface Foundation {
  readonly branches: readonly Branch[];
  /** Objects that are in no branch: they come along with what names them. */
  readonly shared: number;
  /** What is chosen before anybody chose. */
  readonly initial: Scope;
  /** A pure function of the choice, fast enough for every key. */
  effect(scope: Scope): Effect;
}

/** What may be called otherwise on the target; `login` is how pull secrets of a registry log in. */
export type Mapped = 'registry' | 'domain' | 'login' | 'user' | 'group';

/** Images of a registry, routes of a domain, rights of a person are elsewhere on the target. */
export interface Rule {
  readonly what: Mapped;
  readonly from: string;
  readonly to: string;
}

export interface TargetFacts {
  readonly context: string;
  readonly facts: readonly (readonly [name: string, text: string])[];
  /** What may be called otherwise on the target, with its suggested place; an empty one leaves it as it is. */
  readonly places: readonly (Rule & { readonly uses: string })[];
  /** What both sides' own configuration says already, in sentences. */
  readonly found: readonly string[];
}

export interface PlaceCheck extends Pick<Rule, 'what' | 'from'> {
  /** What was found. */
  readonly text: string;
  /** Good; to be known; to be seen before one goes on, since it can be meant so; to be mended. */
  readonly sort: 'right' | 'noted' | 'doubtful' | 'wrong';
  readonly hint?: string;
}

export interface Examined {
  readonly findings: readonly {
    readonly severity: 'refuse' | 'warn' | 'note';
    readonly text: string;
    readonly hint?: string;
    /** The name by which a restore is asked to do it all the same; of what is refused only for want of trust. */
    readonly allow?: string;
  }[];
  readonly waves: readonly {
    readonly kinds: readonly string[];
    readonly objects: number;
    /** Of these, those that the target has already. */
    readonly there: number;
  }[];
  /** Objects that are there and are not as in the archive, with what differs. */
  readonly differs: readonly { readonly subject: string; readonly fields: readonly string[] }[];
  readonly objects: number;
  readonly images: number;
  readonly bytes: number;
}

/** What becomes of objects that are there and differ. */
export type OnExisting = 'skip' | 'update';

/** What a person has answered. */
export interface Answers {
  readonly key: SecretKey | undefined;
  readonly chosen: Chosen;
  readonly rules: readonly Rule[];
  /** Undefined where nothing differs, or was not looked at yet. */
  readonly onExisting: OnExisting | undefined;
  /** What is restored although an archive should not bring it, by name. */
  readonly allowed: readonly string[];
}

/** A choice by the names that flags take: `org`, `org/space`, `org/space/app`; GUIDs where a name would be a pattern. */
export interface Chosen {
  readonly orgs: readonly string[];
  readonly spaces: readonly string[];
  readonly apps: readonly string[];
  /** Said only where it is not what the other names say by themselves. */
  readonly installation: boolean | undefined;
}
