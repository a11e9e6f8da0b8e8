import { Failure } from './errors.ts';

/**
 * Every sort of thing that the checks before a restore find, under a name that programs can rely on.
 * docs/restore.md explains those that forbid a restore.
 */
type FindingCode =
  | 'backup-lacks'
  | 'base-missing'
  | 'left-out'
  | 'grants-rights'
  | 'borrows-rights'
  | 'fetches-elsewhere'
  | 'untrusted-rights'
  | 'untrusted-namespace'
  | 'untrusted-image'
  | 'root-namespace'
  | 'korifi-version'
  | 'registry-shared'
  | 'domain-unknown'
  | 'domain-moves'
  | 'domain-clashes'
  | 'domain-missing'
  | 'retention'
  | 'kind-not-served'
  | 'kind-silent'
  | 'webhooks-missing'
  | 'webhooks-silent'
  | 'name-taken'
  | 'name-orphaned'
  | 'namespace-going'
  | 'guid-taken'
  | 'quota'
  | 'buildpack-missing'
  | 'stack-missing'
  | 'builder-lacks'
  | 'unguarded'
  | 'names-held'
  | 'not-allowed'
  | 'registry-not-writable'
  | 'tag-taken'
  | 'object-differs'
  | 'installation-there'
  | 'package-version'
  | 'package-left-out'
  | 'values-rewritten'
  | 'trusts-authority'
  | 'image-not-mapped'
  | 'image-gone';

/** Findings that forbid a restore, with all others; nothing was written. */
export class Refused extends Failure {
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    const refusing = findings.filter(({ severity }) => severity === 'refuse');
    super('refused', refusing.map(({ text }) => text).join('; '), {
      hints: [...new Set(refusing.flatMap(({ hint }) => hint ?? []))],
    });
    this.findings = findings;
  }
}

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
