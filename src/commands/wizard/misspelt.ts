import { Failure } from '../../base/errors.ts';
import { parseMapRule } from '../../foundation/image-map.ts';
import { parseDomainRule } from '../../restore/domains.ts';
import type { Mapped, PlaceCheck, Rule } from '../../ui/wizard/port.ts';
import { parsePullSecretRule } from '../from-flags/pull-secrets.ts';

/** How each place is written; what takes any name is not here. */
const FORMS: Partial<
  Record<Mapped, { readonly parse: (rule: string) => unknown; readonly is: string; readonly hint: string }>
> = {
  registry: {
    parse: parseMapRule,
    is: 'no registry and no place in one',
    hint: 'write it without https://, as registry.new.example.com/ or registry.new.example.com/apps/',
  },
  domain: { parse: parseDomainRule, is: 'no domain', hint: 'write it as apps.new.example.com' },
  login: {
    parse: parsePullSecretRule,
    is: 'no Secret of the target',
    hint: 'write it as NAMESPACE/NAME, as cf/image-registry-credentials',
  },
};

/** The places that cannot be what was typed: a flag would refuse them in its own words, which nobody has typed here. */
export function misspelt(rules: readonly Rule[]): PlaceCheck[] {
  return rules.flatMap(({ what, from, to }) => {
    const form = FORMS[what];
    if (form === undefined || isRule(form.parse, `${from}=${to}`)) return [];
    return [{ what, from, text: `${to} is ${form.is}`, sort: 'wrong' as const, hint: form.hint }];
  });
}

function isRule(parse: (rule: string) => unknown, text: string): boolean {
  try {
    parse(text);
    return true;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}
