import type { KorifiFacts } from '../../archive/plan.ts';
import { type DomainRule, overlaps } from '../../restore/domains.ts';
import type { PlaceCheck, TargetFacts } from '../../ui/wizard/port.ts';

/** A line for each domain of the source, where the target has Korifi and thus domains of its own. */
export function domainsOf(
  source: KorifiFacts | undefined,
  target: KorifiFacts | undefined,
  given: readonly DomainRule[],
): TargetFacts['places'] {
  if (target === undefined) return [];
  return (source?.domains ?? []).map(({ name }) => {
    const own = name === source?.defaultDomain ? target.defaultDomain : undefined;
    const to = given.find(({ from }) => from === name)?.to ?? (own === name ? undefined : own) ?? '';
    return { what: 'domain', from: name, to, uses: name === source?.defaultDomain ? 'the default' : '' };
  });
}

/** What becomes of each domain: Korifi refuses one that is part of another. */
export function checkDomains(
  froms: readonly string[],
  rules: readonly DomainRule[],
  target: KorifiFacts | undefined,
): PlaceCheck[] {
  const there = target?.domains ?? [];
  return froms.map((from): PlaceCheck => {
    const name = rules.find(rule => rule.from === from)?.to ?? from;
    const same = there.some(domain => domain.name === name);
    if (same) return { what: 'domain', from, text: `${name} is a domain of the target`, sort: 'right' };
    const clash = there.find(domain => overlaps(domain.name, name));
    if (clash === undefined) {
      return { what: 'domain', from, text: `${name} is no domain of the target yet`, sort: 'noted' };
    }
    const text = `${name} cannot stand beside the target's ${clash.name}`;
    return { what: 'domain', from, text, sort: 'wrong', hint: `use ${clash.name}, or another name` };
  });
}
