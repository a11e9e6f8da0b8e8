import { Failure } from '../base/errors.ts';

/** Whether these labels are meant. */
export type LabelTest = (labels: Readonly<Record<string, string>>) => boolean;

/** Requirements are parted by commas outside of brackets. */
const REQUIREMENT = /([^,()]|\([^()]*\))+/g;
const KEY = '[A-Za-z0-9](?:[A-Za-z0-9./_-]*[A-Za-z0-9])?';
const VALUE = '(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)?';
const SET = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const EQUALITY = new RegExp(`^(${KEY})\\s*(==|=|!=)\\s*(${VALUE})$`);
const PRESENCE = new RegExp(`^(!?)\\s*(${KEY})$`);

/**
 * A label selector as kubectl takes it:
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 * @throws Failure `usage` when it is none.
 */
export function parseLabelSelector(selector: string): LabelTest {
  const parts = (selector.match(REQUIREMENT) ?? []).map(text => text.trim());
  if (parts.length === 0 || parts.join(',').length === 0) throw wrong(selector);
  const tests = parts.map(part => parseRequirement(part) ?? fail(part));
  return labels => tests.every(test => test(labels));
}

function parseRequirement(text: string): LabelTest | undefined {
  const set = SET.exec(text);
  if (set) {
    const [, key = '', operator, list = ''] = set;
    const allowed = new Set(list.split(',').map(value => value.trim()));
    return labels => hasOneOf(labels, key, allowed) === (operator === 'in');
  }
  const equality = EQUALITY.exec(text);
  if (equality) {
    const [, key = '', operator, value = ''] = equality;
    return labels => hasOneOf(labels, key, new Set([value])) === (operator !== '!=');
  }
  const presence = PRESENCE.exec(text);
  if (!presence) return undefined;
  const [, absent, key = ''] = presence;
  return labels => Object.hasOwn(labels, key) === (absent === '');
}

function hasOneOf(
  labels: Readonly<Record<string, string>>,
  key: string,
  values: ReadonlySet<string>,
): boolean {
  return Object.hasOwn(labels, key) && values.has(labels[key] ?? '');
}

function fail(part: string): never {
  throw wrong(part);
}

function wrong(text: string): Failure {
  return new Failure('usage', 'this is no label selector', {
    subject: JSON.stringify(text.slice(0, 80)),
    hints: ['write it as kubectl takes it: tier=web, tier!=web, tier in (web,worker), tier, !tier'],
  });
}
