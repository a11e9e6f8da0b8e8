/**
 * What a wizard asks the world. The machine never calls it itself: it says which call it waits for, and whoever runs it
 * makes the call. Every method may fail; the failure is shown, and the step stays open.
 */
export interface RestorePort {
  /** Opens the archive's secrets. @throws when the key is not theirs */
  unlock(key: SecretKey): Promise<void>;
  /** What can be chosen, once the secrets are open. */
  survey(): Promise<Foundation>;
  /** What the target is, and where images of each registry of the archive would go. */
  target(): Promise<TargetFacts>;
  /** Looks whether images can be brought where the rules say, and be had where none does; and whether domains clash. */
  tryPlaces(rules: readonly Rule[]): Promise<readonly PlaceCheck[]>;
  /** Everything that is checked before the first write, and what would be written. */
  examine(answers: Answers): Promise<Examined>;
}

/** What opens secrets. */
export type SecretKey =
  | { readonly kind: 'identity'; readonly path: string }
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
  /** What is chosen before anybody chose. */
  readonly initial: Scope;
  /** A pure function of the choice, fast enough for every key. */
  effect(scope: Scope): Effect;
}

/** Images of a registry, or routes of a domain, go elsewhere on the target. */
export interface Rule {
  readonly what: 'registry' | 'domain';
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
  /** What was found: that it can be written, or what is wrong. */
  readonly text: string;
  readonly isWrong: boolean;
  /** It can be meant so, and has to be seen before one goes on. */
  readonly isDoubtful?: boolean;
  readonly hint?: string;
}

export interface Examined {
  readonly findings: readonly {
    readonly severity: 'refuse' | 'warn' | 'note';
    readonly text: string;
    readonly hint?: string;
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
}

/** A choice by the names that flags take: `org`, `org/space`, `org/space/app`; GUIDs where a name would be a pattern. */
export interface Chosen {
  readonly orgs: readonly string[];
  readonly spaces: readonly string[];
  readonly apps: readonly string[];
  /** Said only where it is not what the other names say by themselves. */
  readonly installation: boolean | undefined;
}
