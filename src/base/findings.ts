import { Failure } from './errors.ts';

/** Findings of one code that people are told one by one: with more, it is the sort that they have to see to. */
const TOLD = 5;

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
  | 'subject-unknown'
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
  | 'no-room'
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
  /** Those that forbid it, in short. */
  readonly told: readonly string[];

  constructor(findings: readonly Finding[]) {
    const refusing = findings.filter(({ severity }) => severity === 'refuse');
    const told = inShort(refusing);
    const all = told.length < refusing.length ? ['-o json names all of them'] : [];
    super('refused', told.join('; '), {
      hints: [...new Set([...refusing.flatMap(({ hint }) => hint ?? []), ...all])],
    });
    this.findings = findings;
    this.told = told;
  }
}

/** What people are told of findings: the first ones of each code, and how many more like these there are. */
export function inShort(findings: readonly Finding[]): string[] {
  const sorts = Map.groupBy(findings, ({ code }) => code);
  return [...sorts].flatMap(([code, found]) => {
    const texts = found.slice(0, TOLD).map(({ text }) => text);
    const more = found.length - texts.length;
    return more === 0 ? texts : [...texts, `and ${more} more like these (${code})`];
  });
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
