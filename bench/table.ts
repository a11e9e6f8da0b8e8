import { cpus, release, totalmem, type } from 'node:os';
import type { Row } from './compare.ts';

const HEADINGS = ['set', 'ours', 'peak', 'peer', 'takes', 'peak', 'ratio', 'goal', ''];
/** Columns of text; all others are numbers and stand to the right. */
const TEXT_COLUMNS = [0, 3, 8];

/** The machine that the figures are from: they mean little without it. */
export function machineLine(): string {
  const processors = cpus();
  const memory = (totalmem() / 1024 ** 3).toFixed(0);
  return `${processors.length} × ${processors[0]?.model ?? 'processor'}, ${memory} GiB, ${type()} ${release()}, Node.js ${process.versions.node}`;
}

/** The rows as a table with aligned columns. */
export function renderTable(rows: readonly Row[]): string {
  const lines = [HEADINGS, ...rows.map(cells)];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map(line => line[column]?.length ?? 0)));
  return lines
    .map(line =>
      line
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return TEXT_COLUMNS.includes(column) ? cell.padEnd(width) : cell.padStart(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cells(row: Row): string[] {
  const { set, ours, peer, ratio } = row;
  return [
    set,
    seconds(ours.seconds),
    mebibytes(ours.peakBytes),
    peer?.name ?? '',
    peer ? seconds(peer.seconds) : '',
    peer ? mebibytes(peer.peakBytes) : '',
    ratio?.toFixed(2) ?? '',
    goalText(row),
    verdict(row),
  ];
}

function goalText({ goal }: Row): string {
  if (goal === undefined) return '';
  if ('seconds' in goal) return `≤ ${seconds(goal.seconds)}`;
  return 'ratio' in goal ? `≤ ${goal.ratio}` : `≤ ${mebibytes(goal.peakBytes)}`;
}

function verdict({ goal, ratio, ours }: Row): string {
  if (goal === undefined) return '';
  return isReached(goal, ratio, ours) ? 'reached' : 'missed';
}

function isReached(goal: NonNullable<Row['goal']>, ratio: Row['ratio'], ours: Row['ours']): boolean {
  if ('seconds' in goal) return ours.seconds <= goal.seconds;
  return 'ratio' in goal ? (ratio ?? Number.NaN) <= goal.ratio : ours.peakBytes <= goal.peakBytes;
}

function seconds(value: number): string {
  return value < 1 ? `${(value * 1000).toFixed(0)} ms` : `${value.toFixed(1)} s`;
}

function mebibytes(bytes: number): string {
  return bytes === 0 ? '–' : `${(bytes / 1024 ** 2).toFixed(0)} MiB`;
}
