/** A part of a foundation that was chosen. */
export interface SelectionResult {
  /** The flags that state it. */
  flags: string;
  /** What something chosen names and was not chosen, with some of those that name it. */
  leftOut: readonly { subject: string; usedBy: readonly string[] }[];
}

/** A field that archive and cluster have differently; a side is absent where it has no such field. */
export interface FieldDifference {
  path: string;
  /** JSON; `(secret)` for what nobody is shown. */
  archive?: unknown;
  cluster?: unknown;
}

/** Objects by kind. */
export type Counts = Record<string, number>;

/** By whom an archive is signed. */
export interface Signed {
  /** Fingerprint of the key, `SHA256:…`. */
  key: string;
  /** Who it is among the allowed signers, where those were given. */
  principals?: string;
}

/** Layers that an archive leaves to another one. */
export interface LeftToBase {
  /** When that one was made. */
  createdAt: string;
  /** Of its layers (docs/format.md, "Differential archives"). */
  digest: string;
  layers: number;
  bytes: number;
}
