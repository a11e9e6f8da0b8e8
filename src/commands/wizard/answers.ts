import { isSubjectRule, showSubjectRule } from '../../foundation/subjects.ts';
import type { Answers, Chosen, Rule } from '../../ui/wizard/port.ts';
import { wholePath } from './paths.ts';

/** A choice as flags, in place of what they said before. */
export function chosenFlags({ orgs, spaces, apps, installation }: Chosen) {
  const some = (values: readonly string[]) => (values.length === 0 ? undefined : [...values]);
  return { org: some(orgs), space: some(spaces), app: some(apps), installation };
}

interface Answerable {
  readonly identity?: string[] | undefined;
  readonly 'subject-map'?: readonly string[] | string | undefined;
  readonly allow?: string[] | undefined;
}

/** Flags with the answers in place of what was answered. A passphrase is no flag. */
export function withAnswers<F extends Answerable>(
  flags: F,
  { key, chosen, rules, onExisting, allowed }: Answers,
) {
  const of = (what: Rule['what']) => rules.filter(rule => rule.what === what);
  const some = (values: readonly string[]) => (values.length === 0 ? undefined : [...values]);
  const said = (what: Rule['what']) => some(of(what).map(({ from, to }) => `${from}=${to}`));
  const files = [flags['subject-map'] ?? []].flat().filter(value => !isSubjectRule(value));
  const people = [
    ...of('user').map(({ from, to }) => showSubjectRule('User', from, to)),
    ...of('group').map(({ from, to }) => showSubjectRule('Group', from, to)),
  ];
  return {
    ...flags,
    ...chosenFlags(chosen),
    ...(key?.kind === 'identity' && { identity: [wholePath(key.path)] }),
    'registry-map': said('registry'),
    'domain-map': said('domain'),
    'pull-secret-map': said('login'),
    'subject-map': some([...files, ...people]),
    allow: some([...new Set([...(flags.allow ?? []), ...allowed])]),
    ...(onExisting !== undefined && { 'on-existing': onExisting }),
  };
}
