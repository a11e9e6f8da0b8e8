import { duration } from '../format.ts';
import type { ReportDocument } from './document.ts';
import { type Table, tablesOf } from './tables.ts';

/** Width of a wave's place in time, drawn with letters. */
const BAR = 30;

/** The report as Markdown with tables (GitHub's, GitLab's and most others'), for a ticket or a merge request. */
export function markdownReport(document: ReportDocument): string {
  const { times, bytes, rest } = tablesOf(document);
  return `${[
    `# ${plain(document.command)}: ${plain(document.verdict)}`,
    document.facts.map(([name, text]) => `- **${plain(name)}**: ${plain(text)}`).join('\n'),
    list('What ended it', document.error.map(plain)),
    list('Lost', document.losses.map(lossLine)),
    '## Times',
    pictureOf(document),
    ...times.map(tableText),
    ...(bytes.length === 0 ? [] : ['## Sizes', ...bytes.map(tableText)]),
    ...(rest.length === 0 ? [] : ['## Resources', ...rest.map(tableText)]),
    list('Notes', document.notes.map(plain)),
    `${plain(document.tool)}, ${document.startedAt} to ${document.endedAt}, ${duration(document.record.seconds)} of work`,
  ]
    .filter(part => part !== '')
    .join('\n\n')}\n`;
}

function lossLine({ subject, reason, usedBy = [] }: ReportDocument['losses'][number]): string {
  const users = usedBy.length === 0 ? '' : `, used by ${usedBy.map(plain).join(', ')}`;
  return `**${plain(subject)}**: ${plain(reason)}${users}`;
}

function list(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `## ${title}\n\n${lines.map(line => `- ${line}`).join('\n')}`;
}

/** A timeline of letters. Nothing foreign stands in it, so its fence holds. */
function pictureOf({ record }: ReportDocument): string {
  const seconds = Math.max(record.seconds, 0.001);
  const rows = [
    ...record.phases.map(({ phase, ...stretch }) => ({ name: phase, ...stretch })),
    ...record.waves.map(({ wave, ...stretch }) => ({ name: `wave ${wave}`, ...stretch })),
  ];
  const lines = rows.map(({ name, from, seconds: took }) => {
    const start = Math.min(BAR - 1, Math.floor((from / seconds) * BAR));
    const length = Math.max(1, Math.min(BAR - start, Math.round((took / seconds) * BAR)));
    const line = '·'.repeat(start) + '█'.repeat(length) + '·'.repeat(BAR - start - length);
    return `${name.padEnd(10)} ${line} ${duration(took)}`;
  });
  return lines.length === 0 ? '' : ['```text', ...lines, '```'].join('\n');
}

function tableText({ title, note, columns, rows, numbers }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.map(plain).join(' | ')} |`;
  const rule = columns.map((_, column) => (numbers.includes(column) ? '---:' : '---'));
  const table = [line(columns), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
  return [`### ${title}`, ...(note === undefined ? [] : [plain(note)]), table].join('\n\n');
}

/** Foreign text that stays text: no markup, no HTML, no cell's end. */
function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]<>()#|~!&]/g, character =>
    character === '<' ? '&lt;' : character === '&' ? '&amp;' : `\\${character}`,
  );
}
