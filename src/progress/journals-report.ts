import { age, plural } from './format.ts';
import { facts, page, section } from './report-parts.ts';
import type { JournalsResult } from './results/restore.ts';

/** Journals, each with what it is about; wide with where that was and by which archive exactly. */
export function journalsReport({ folder, journals }: JournalsResult, now: Date, wide: boolean): string {
  if (journals.length === 0) return `no journals in ${folder}\n`;
  return page(
    ...journals.map(({ path, startedAt, state, context, server, archive, archiveDigest, made, command }) => {
      const pairs = [
        ['started', `${startedAt}, ${age(new Date(startedAt), now)}`],
        ['state', state],
        ['archive', archive],
        ['digest', wide ? archiveDigest : ''],
        ['context', context],
        ['server', wide ? server : ''],
        ['made', plural(made, 'object')],
        ['command', command],
      ] as const;
      return section(path, [facts(pairs, '  ')]);
    }),
  );
}
