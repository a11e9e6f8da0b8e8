import { readFile } from 'node:fs/promises';
import { Failure } from '../../base/errors.ts';
import { parseMapRule } from '../../foundation/image-map.ts';
import {
  isSubjectRule,
  joinSubjects,
  parseSubjectMap,
  parseSubjectRule,
  type SubjectMap,
} from '../../foundation/subjects.ts';
import { parseAllowed } from '../../restore/checks/scrutiny.ts';
import type { OnExisting } from '../../restore/conflicts.ts';
import { parseDomainRule } from '../../restore/domains.ts';
import type { ExistingTags } from '../../restore/images/tags.ts';
import type { OrphanedNames } from '../../restore/orphaned-names.ts';
import type { PackageVersion } from '../../restore/transform.ts';
import { parseWaitTimeouts } from '../../restore/wait-timeouts.ts';
import { readSelection, type SelectionFlagValues } from './selection.ts';

/** Flags that say what of a foundation is called otherwise in the target. */
export interface MapFlags {
  readonly 'registry-map'?: string[] | undefined;
  readonly 'domain-map'?: string[] | undefined;
  readonly 'package-version'?: string | undefined;
  /** A journal of an older program has one file here. */
  readonly 'subject-map'?: readonly string[] | string | undefined;
}

/** Flags that say what a restore does, whatever it reads from and writes to. */
export interface RestoreSettingFlags extends SelectionFlagValues, MapFlags {
  readonly 'on-existing'?: string | undefined;
  readonly 'remove-orphaned-leases'?: boolean | undefined;
  readonly allow?: string[] | undefined;
  readonly 'on-existing-tag'?: string | undefined;
  readonly 'wait-timeout'?: string[] | undefined;
  readonly start?: boolean | undefined;
  readonly tasks?: string | undefined;
  readonly eager?: boolean | undefined;
}

/** The same as the engine takes it. @throws Failure `usage` for a value that says nothing. */
export async function restoreSettings(flags: RestoreSettingFlags) {
  return {
    ...(await mapSettings(flags)),
    waitTimeouts: parseWaitTimeouts(flags['wait-timeout'] ?? []),
    allowed: parseAllowed(flags.allow ?? []),
    onExisting: (flags['on-existing'] ?? 'skip') as OnExisting,
    orphanedNames: (flags['remove-orphaned-leases'] ? 'remove' : 'keep') as OrphanedNames,
    existingTags: (flags['on-existing-tag'] ?? 'overwrite') as ExistingTags,
    selection: readSelection(flags),
    start: flags.start ?? true,
    tasks: flags.tasks === 'history',
    eager: flags.eager,
  };
}

/** The maps as the engine takes them: the same for a restore, its rehearsal, and a comparison. */
export async function mapSettings(flags: MapFlags) {
  return {
    imageRules: onePlaceEach('--registry-map', (flags['registry-map'] ?? []).map(parseMapRule)),
    subjects: await readSubjectMap(flags['subject-map']),
    domainRules: onePlaceEach('--domain-map', (flags['domain-map'] ?? []).map(parseDomainRule)),
    packageVersion: flags['package-version'] as PackageVersion | undefined,
  };
}

/** @throws Failure `usage` where two rules send the same to two places */
function onePlaceEach<T extends { readonly from: string; readonly to: string }>(
  flag: string,
  rules: T[],
): T[] {
  for (const [index, { from, to }] of rules.entries()) {
    const other = rules.slice(0, index).find(before => before.from === from && before.to !== to);
    if (other === undefined) continue;
    throw new Failure('usage', `${flag} sends ${from} to ${other.to} and to ${to}`, {
      hints: ['leave one of the two out'],
    });
  }
  return rules;
}

/** New names of users and groups, of files and of rules. @throws Failure `usage` for a file that has none */
export async function readSubjectMap(given: MapFlags['subject-map']): Promise<SubjectMap | undefined> {
  if (given === undefined) return undefined;
  const values = [given].flat();
  return joinSubjects(
    await Promise.all(
      values.map(value => (isSubjectRule(value) ? parseSubjectRule(value) : readFileOf(value))),
    ),
  );
}

async function readFileOf(file: string): Promise<SubjectMap> {
  try {
    return parseSubjectMap(await readFile(file, 'utf8'), file);
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw new Failure('usage', 'the file of --subject-map cannot be read', { subject: file, cause });
  }
}
