import type { Answers, Chosen, Rule } from '../../ui/wizard/port.ts';
import { wholePath } from './paths.ts';

/** A choice as flags, in place of what they said before. */
export function chosenFlags({ orgs, spaces, apps, installation }: Chosen) {
  const some = (values: readonly string[]) => (values.length === 0 ? undefined : [...values]);
  return { org: some(orgs), space: some(spaces), app: some(apps), installation };
}

/** Flags with the answers in place of what was answered. A passphrase is no flag. */
export function withAnswers<F extends { readonly identity?: string[] | undefined }>(
  flags: F,
  { key, chosen, rules, onExisting }: Answers,
) {
  const said = (what: Rule['what']) => {
    const values = rules.filter(rule => rule.what === what).map(({ from, to }) => `${from}=${to}`);
    return values.length === 0 ? undefined : values;
  };
  return {
    ...flags,
    ...chosenFlags(chosen),
    ...(key?.kind === 'identity' && { identity: [wholePath(key.path)] }),
    'registry-map': said('registry'),
    'domain-map': said('domain'),
    ...(onExisting !== undefined && { 'on-existing': onExisting }),
  };
}
