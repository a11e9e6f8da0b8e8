import type { KindDescriptor } from './descriptor.ts';
import type { KindName } from './rules.ts';

/**
 * In which order kinds must be listed: first, side by side, all that are taken whole; then, one by one, the shared
 * ones, each after those whose objects can ask for its objects.
 */
export function listingStages(catalog: readonly KindDescriptor[]): KindDescriptor[][] {
  const truth = catalog.filter(descriptor => descriptor.role === 'truth');
  const whole = truth.filter(descriptor => descriptor.keep === 'all');
  const stages = [whole];
  let shared = truth.filter(descriptor => descriptor.keep !== 'all');
  while (shared.length > 0) {
    // Kinds may ask for each other; the catalog's order then decides.
    const next =
      shared.find(kind => !shared.some(other => other !== kind && asksFor(other, kind))) ?? shared[0];
    if (next === undefined) break;
    stages.push([next]);
    shared = shared.filter(kind => kind !== next);
  }
  return stages;
}

/** Whether listing `a` can make objects of `b` wanted, so that `b` comes later. */
function asksFor(a: KindDescriptor, b: KindDescriptor): boolean {
  if (b.keep === 'holding') return true;
  if (b.keep === 'referring')
    return (b.references ?? []).some(rule => rule.pulls && rule.to.some(to => same(to, a)));
  return (a.references ?? []).some(rule => !rule.pulls && rule.to.some(to => same(to, b)));
}

function same(a: KindName, b: KindName): boolean {
  return a.group === b.group && a.kind === b.kind;
}
