import { age, plural } from './format.ts';
import { facts, page, section } from './report-parts.ts';
import type { JournalsResult } from './results.ts';

/** Journals, each with what it is about. */
export function journalsReport({ folder, journals }: JournalsResult, now: Date): string {
  if (journals.length === 0) return `no journals in ${folder}\n`;
  return page(
    ...journals.map(({ path, startedAt, state, context, archive, made, command }) => {
      const pairs = [
        ['started', `${startedAt}, ${age(new Date(startedAt), now)}`],
        ['state', state],
        ['archive', archive],
        ['context', context],
        ['made', plural(made, 'object')],
        ['command', command],
      ] as const;
      return section(path, [facts(pairs, '  ')]);
    }),
  );
}
