import { duration } from '../format.ts';
import { PHASE_LABELS } from '../phases.ts';
import type { PhaseRecord, WaveRecord } from '../recorder.ts';
import type { ReportDocument } from './document.ts';
import { html, type Markup } from './markup.ts';

const WIDTH = 960;
/** Columns of names and of times; what is between them is the time. */
const [NAMES, TIMES] = [110, 80];
const [ROW, BAR, AXIS] = [24, 14, 22];
/** Something that was over at once is seen all the same. */
const LEAST = 2;
const TICKS = 6;
/** Steps between ticks that people can count in, seconds. */
const STEPS = [
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800],
  ...[3600, 7200, 14_400, 28_800, 86_400],
];

/** The phases and waves of a run over its time, with what was only waited for. */
export function timeline({ record }: ReportDocument): Markup {
  const { phases, waves } = record;
  const rows = phases.length + waves.length;
  const height = AXIS + rows * ROW + 4;
  const seconds = Math.max(record.seconds, 0.001);
  const xOf = (at: number) => NAMES + (Math.min(at, seconds) / seconds) * (WIDTH - NAMES - TIMES);
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="timeline-title">
<title id="timeline-title">Timeline: ${duration(record.seconds)} in all. The table below has the numbers.</title>
<defs><pattern id="wait" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="wait-ground" width="6" height="6"/><rect class="wait-line" width="2" height="6"/></pattern></defs>
${ticks(seconds).map(tick => axis(tick, xOf(tick), height))}
${phases.map((phase, index) => phaseRow(phase, AXIS + index * ROW, xOf))}
${waves.map((wave, index) => waveRow(wave, AXIS + (phases.length + index) * ROW, xOf))}
</svg>`;
}

function phaseRow(
  { phase, from, seconds, what }: PhaseRecord,
  y: number,
  xOf: (at: number) => number,
): Markup {
  const label = PHASE_LABELS[phase];
  const title = `${label}: ${duration(seconds)}${what === '' ? '' : `, ${what}`}`;
  return row(label, seconds, title, y, bar('phase', from, seconds, y, xOf));
}

function waveRow(wave: WaveRecord, y: number, xOf: (at: number) => number): Markup {
  const { from, seconds, kinds, waits } = wave;
  const title = `wave ${wave.wave}: ${kinds.join(', ')}, ${duration(seconds)}`;
  const [longest] = waits;
  return row(`wave ${wave.wave}`, seconds, title, y, [
    bar('wave', from, seconds, y, xOf),
    longest === undefined
      ? undefined
      : html`<g><title>waiting for ${longest.subject}: ${duration(longest.seconds)}</title>${bar('wait', longest.from, longest.seconds, y, xOf)}</g>`,
  ]);
}

function row(
  label: string,
  seconds: number,
  title: string,
  y: number,
  bars: Markup | (Markup | undefined)[],
): Markup {
  const text = y + BAR + 1;
  return html`<g><title>${title}</title><text x="0" y="${text}">${label}</text>${bars}<text class="time" x="${WIDTH}" y="${text}" text-anchor="end">${duration(seconds)}</text></g>
`;
}

function bar(kind: string, from: number, seconds: number, y: number, xOf: (at: number) => number): Markup {
  const x = xOf(from);
  const width = Math.max(LEAST, xOf(from + seconds) - x);
  return html`<rect class="${kind}" x="${x}" y="${y + 4}" width="${width}" height="${BAR}" rx="2"/>`;
}

function axis(tick: number, x: number, height: number): Markup {
  return html`<line class="grid" x1="${x}" x2="${x}" y1="${AXIS - 4}" y2="${height}"/><text class="time" x="${x}" y="12" text-anchor="middle">${tickLabel(tick)}</text>
`;
}

function ticks(seconds: number): number[] {
  const step = STEPS.find(step => seconds / step <= TICKS) ?? Math.ceil(seconds / TICKS / 86_400) * 86_400;
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, index) => index * step);
}

function tickLabel(seconds: number): string {
  if (seconds < 1) return seconds === 0 ? '0' : `${seconds.toFixed(1)} s`;
  return duration(seconds)
    .replace('.0', '')
    .replace(/ 00 .$/, '');
}
