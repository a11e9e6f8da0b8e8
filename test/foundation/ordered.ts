import { expect } from 'vitest';
import { keyOf } from '../../src/base/object.ts';
import type { WaveItem } from '../../src/foundation/waves.ts';

/**
 * Expects the target of each reference on the right side of what names it.
 * @param at the wave of each step, by `KEY STEP`
 */
export function expectTargetsInOrder(items: readonly WaveItem[], at: ReadonlyMap<string, number>): void {
  for (const { id, references } of items) {
    for (const { rule, targets } of references) {
      const target = targets.map(keyOf).find(key => at.has(`${key} create`));
      if (target === undefined) continue;
      const own = Number(at.get(`${keyOf(id)} create`));
      if (rule.order === 'before') expect(at.get(`${target} create`)).toBeLessThan(own);
      if (rule.order === 'after') expect(at.get(`${target} create`)).toBeGreaterThan(own);
    }
  }
}
