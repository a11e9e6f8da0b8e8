/**
 * Every sort of thing that the checks before a restore find, under a name that programs can rely on.
 * docs/restore.md explains those that forbid a restore.
 */
type FindingCode =
  | 'backup-lacks'
  | 'left-out'
  | 'grants-rights'
  | 'borrows-rights'
  | 'fetches-elsewhere'
  | 'untrusted-rights'
  | 'untrusted-namespace'
  | 'untrusted-image'
  | 'root-namespace'
  | 'korifi-version'
  | 'domain-unknown'
  | 'domain-moves'
  | 'domain-clashes'
  | 'domain-missing'
  | 'retention'
  | 'kind-not-served'
  | 'webhooks-missing'
  | 'webhooks-silent'
  | 'not-allowed'
  | 'registry-not-writable'
  | 'tag-taken'
  | 'object-differs'
  | 'image-not-mapped'
  | 'image-gone';

/** Something to know before anything is written. */
export interface Finding {
  readonly code: FindingCode;
  /** It forbids the restore; the restore goes on and may surprise; it is only told. */
  readonly severity: 'refuse' | 'warn' | 'note';
  /** What it is about: a kind, an object, an image, a registry. */
  readonly subject?: string;
  readonly text: string;
  /** What to do about it. */
  readonly hint?: string;
}
