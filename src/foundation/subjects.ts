import { load } from 'js-yaml';
import { Failure } from '../base/errors.ts';
import type { Json, KubeObject } from '../base/object.ts';

/** Names of users and groups at the source, to those that the target's identity provider gives the same people. */
export type SubjectMap = ReadonlyMap<'User' | 'Group', ReadonlyMap<string, string>>;

const SECTIONS = { users: 'User', groups: 'Group' } as const;

/**
 * Reads a file of `--subject-map`: YAML with the maps `users` and `groups`, each from an old name to a new one.
 * @throws Failure `usage` with what is wrong.
 */
export function parseSubjectMap(text: string, file: string): SubjectMap {
  const document = parse(text, file);
  const maps = new Map<'User' | 'Group', ReadonlyMap<string, string>>();
  for (const [section, names] of Object.entries(document)) {
    const kind = Object.hasOwn(SECTIONS, section) ? SECTIONS[section as keyof typeof SECTIONS] : undefined;
    if (kind === undefined)
      throw wrong(file, `it has the section ${section}, which is neither users nor groups`);
    if (!isMap(names)) throw wrong(file, `its section ${section} is no map of names`);
    const pairs = Object.entries(names).map(([from, to]) => {
      if (typeof to !== 'string' || to === '') throw wrong(file, `it gives ${from} no name`);
      return [from, to] as const;
    });
    maps.set(kind, new Map(pairs));
  }
  return maps;
}

const RULE = /^(user|group)\/((?:\\=|[^=])+)=(.+)$/is;

/** Whether a value of `--subject-map` is a name and its new one, and not a file. */
export function isSubjectRule(text: string): boolean {
  return RULE.test(text);
}

/** Reads `User/OLD=NEW` or `Group/OLD=NEW`; a `=` in the old name is written `\\=`. */
export function parseSubjectRule(text: string): SubjectMap {
  const [, kind = '', from = '', to = ''] = RULE.exec(text) ?? [];
  const names = new Map([[from.replaceAll('\\=', '='), to]]);
  return new Map([[kind.toLowerCase() === 'user' ? 'User' : 'Group', names]]);
}

/** The mirror image of {@link parseSubjectRule}. */
export function showSubjectRule(kind: 'User' | 'Group', from: string, to: string): string {
  return `${kind}/${from.replaceAll('=', '\\=')}=${to}`;
}

/** All of them in one; the last one that names somebody decides. */
export function joinSubjects(maps: readonly SubjectMap[]): SubjectMap {
  const of = (kind: 'User' | 'Group') => new Map(maps.flatMap(map => [...(map.get(kind) ?? [])]));
  return new Map([
    ['User', of('User')],
    ['Group', of('Group')],
  ]);
}

function parse(text: string, file: string): Record<string, unknown> {
  try {
    const document = load(text);
    if (isMap(document)) return document;
  } catch (cause) {
    throw wrong(file, 'it is no YAML', cause);
  }
  throw wrong(file, 'it is no map');
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrong(file: string, why: string, cause?: unknown): Failure {
  return new Failure('usage', `the file of --subject-map cannot be used: ${why}`, {
    subject: file,
    hints: ['write it as\nusers:\n  alice@old.example.com: alice@example.com'],
    cause,
  });
}

/** Gives the subjects of a role binding their new names, in place; service accounts keep theirs. */
export function rewriteSubjects(object: KubeObject, map: SubjectMap): void {
  const subjects: unknown = object.subjects;
  if (!Array.isArray(subjects)) return;
  for (const subject of subjects as { kind?: Json; name?: Json }[]) {
    const names = map.get(subject?.kind as 'User' | 'Group');
    const name = typeof subject?.name === 'string' ? names?.get(subject.name) : undefined;
    if (name !== undefined) subject.name = name;
  }
}
