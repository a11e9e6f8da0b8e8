import { basename } from 'node:path';
import { age, plural } from './format.ts';
import { facts, page, section } from './report-parts.ts';
import type { JournalsResult } from './results/restore.ts';
import { table } from './text.ts';

/** A row for each journal, by its name in the folder; wide, all that is known of each. */
export function journalsReport(result: JournalsResult, now: Date, wide: boolean): string {
  const { folder, journals } = result;
  if (journals.length === 0) return `no journals in ${folder}\n`;
  if (wide) return page(...journals.map(journal => detailsOf(journal, now)));
  const rows = journals.map(({ path, startedAt, state, context, archive, made }) => [
    basename(path),
    age(new Date(startedAt), now),
    state,
    context,
    String(made),
    archive,
  ]);
  return page(
    table(rows, ['journal', 'started', 'state', 'context', 'made', 'archive']).trimEnd(),
    `${plural(journals.length, 'journal')} in ${folder}; -o wide shows their commands`,
  );
}

function detailsOf(journal: JournalsResult['journals'][number], now: Date): string {
  const { path, startedAt, state, context, server, archive, archiveDigest, made, command } = journal;
  const pairs = [
    ['started', `${startedAt}, ${age(new Date(startedAt), now)}`],
    ['state', state],
    ['archive', archive],
    ['digest', archiveDigest],
    ['context', context],
    ['server', server],
    ['made', plural(made, 'object')],
    ['command', command],
  ] as const;
  return section(path, [facts(pairs, '  ')]);
}
