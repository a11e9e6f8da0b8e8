import { count, list, matching, object, oneOf, optional, ShapeError, text } from '../../archive/shape.ts';
import type { JsonObject } from '../../base/object.ts';

/**
 * What a journal holds, one JSON document a line (docs/journals.md). The first line is its header; then follow, in the
 * order in which they happened:
 *
 *     session   a run of this program began to work from the journal
 *     intent    a write is about to be sent; it is in the file before the request leaves
 *     outcome   what became of the intent of this number; without one it is not known whether it was done
 *     end       the session ended by itself, and how
 *
 * No line holds anything of what was written but names, digests and UIDs: no field of a Secret, no credential.
 */
export type JournalRecord =
  | { readonly session: Session }
  | { readonly n: number; readonly intent: Intent }
  | { readonly n: number; readonly outcome: Outcome }
  | { readonly end: End };

/** The first line of a journal: which restore it is of. */
export interface JournalHeader {
  readonly journal: 1;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly archive: {
    /** Absolute path; `-` for standard input. */
    readonly file: string;
    /** The further parts of an archive in several. */
    readonly others?: string[];
    /** The digest of the backup's own manifest, which is another one for every other backup. */
    readonly digest: string;
  };
  readonly cluster: {
    readonly context: string;
    readonly server: string;
    /** Of the namespace kube-system: it is made once in a cluster's life. */
    readonly uid: string;
  };
  /** How the restore was asked for: the flags by their names, without credentials. */
  readonly flags: JsonObject;
}

/** A run that works with the journal: the restore, one that goes on with it, or an undo. */
export interface Session {
  readonly work: 'restore' | 'undo';
  /** RFC 3339. */
  readonly at: string;
  readonly host: string;
  readonly pid: number;
  /** The version of this program. */
  readonly tool: string;
}

/** A write that is about to be sent. */
export type Intent = ObjectIntent | ManifestIntent | BlobIntent;

/** An object of the cluster, by what its URL is made of. */
export interface ObjectIntent {
  readonly verb: 'create' | 'patch' | 'delete';
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly subresource?: string | undefined;
}

/** A manifest that is pushed, or a tag that is taken away. */
export interface ManifestIntent {
  readonly verb: 'push' | 'untag';
  /** `host/path`. */
  readonly repository: string;
  readonly digest: string;
  readonly tag?: string | undefined;
  /** What the tag, or the digest, named before; absent when it was not there. */
  readonly before?: string | undefined;
}

interface BlobIntent {
  readonly verb: 'upload' | 'mount';
  readonly repository: string;
  readonly digest: string;
}

/** What came of an intent; without one it is unclear, and has to be looked up. */
export interface Outcome {
  readonly is: 'done' | 'refused';
  /** Of what was made. */
  readonly uid?: string | undefined;
  /** creationTimestamp of what was made, by the cluster's clock. */
  readonly createdAt?: string | undefined;
  /** HTTP status of a refusal. */
  readonly status?: number | undefined;
}

/** How a session ended; without it, it was interrupted or is running. */
export interface End {
  readonly how: 'done' | 'losses' | 'failed' | 'interrupted';
  /** RFC 3339. */
  readonly at: string;
}

const header = object<JournalHeader>({
  journal: oneOf(1),
  startedAt: text,
  archive: object<JournalHeader['archive']>({ file: text, others: optional(list(text)), digest: text }),
  cluster: object({ context: text, server: text, uid: text }),
  flags: members,
});

const session = object<Session>({
  work: oneOf('restore', 'undo'),
  at: text,
  host: text,
  pid: count,
  tool: text,
});

const objectIntent = object<ObjectIntent>({
  verb: oneOf('create', 'patch', 'delete'),
  group: text,
  version: text,
  plural: text,
  kind: text,
  namespace: optional(text),
  name: matching(/./, 'a name'),
  subresource: optional(text),
});
const manifestIntent = object<ManifestIntent>({
  verb: oneOf('push', 'untag'),
  repository: text,
  digest: text,
  tag: optional(text),
  before: optional(text),
});
const blobIntent = object<BlobIntent>({ verb: oneOf('upload', 'mount'), repository: text, digest: text });

const outcome = object<Outcome>({
  is: oneOf('done', 'refused'),
  uid: optional(text),
  createdAt: optional(text),
  status: optional(count),
});

const end = object<End>({ how: oneOf('done', 'losses', 'failed', 'interrupted'), at: text });

/** @throws ShapeError */
export function parseHeader(line: string): JournalHeader {
  return header(JSON.parse(line), '');
}

/** @throws ShapeError for what is none of the records, SyntaxError for what is no JSON */
export function parseRecord(line: string): JournalRecord {
  const value = members(JSON.parse(line), '');
  if ('session' in value) return { session: session(value.session, 'session') };
  if ('end' in value) return { end: end(value.end, 'end') };
  const n = count(value.n, 'n');
  if ('outcome' in value) return { n, outcome: outcome(value.outcome, 'outcome') };
  return { n, intent: intent(value.intent, 'intent') };
}

function intent(value: unknown, path: string): Intent {
  const { verb } = members(value, path);
  if (verb === 'push' || verb === 'untag') return manifestIntent(value, path);
  if (verb === 'upload' || verb === 'mount') return blobIntent(value, path);
  return objectIntent(value, path);
}

function members(value: unknown, path: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new ShapeError(`${path === '' ? 'it' : path} is not an object`);
}
