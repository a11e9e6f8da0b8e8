import type xterm from '@xterm/headless';

type Screen = InstanceType<typeof xterm.Terminal>;
type Cell = NonNullable<
  ReturnType<NonNullable<ReturnType<Screen['buffer']['active']['getLine']>>['getCell']>
>;

/** Size of a character and room around the whole, in the picture's units. */
const [WIDE, HIGH, PAD] = [8.4, 18, 14];
/** The sixteen colours by number, as they are named in the style. */
const COLOURS: Record<number, string> = { 1: 'bad', 2: 'good', 3: 'warn', 6: 'accent' };

const STYLE = `
.ground{fill:#fff;stroke:#d0d7de}text{font:14px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;fill:#1b1f24;white-space:pre}
.dim{fill:#57606a}.good{fill:#1a7f37}.bad{fill:#cf222e}.warn{fill:#8a5d00}.accent{fill:#0969da}.bold{font-weight:600}
.block{fill:#1b1f24}.inverse{fill:#fff}
@media(prefers-color-scheme:dark){.ground{fill:#0d1117;stroke:#3d444d}text{fill:#e6edf3}.dim{fill:#9aa4af}.good{fill:#3fb950}
.bad{fill:#ff7b72}.warn{fill:#d29922}.accent{fill:#4c9aff}.block{fill:#e6edf3}.inverse{fill:#0d1117}}`;

/** What a terminal shows, as a picture for light and dark pages. */
export function terminalPicture(screen: Screen, title: string): string {
  const { active } = screen.buffer;
  const rows = Array.from({ length: screen.rows }, (_, row) => rowOf(screen, active.baseY + row));
  const last = rows.findLastIndex(runs => runs.some(({ text }) => text.trim() !== ''));
  const [width, height] = [screen.cols * WIDE + 2 * PAD, (last + 1) * HIGH + 2 * PAD];
  const texts = rows.slice(0, last + 1).flatMap((runs, row) => runs.map(run => drawn(run, row)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width.toFixed(0)} ${height}" role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" x=".5" y=".5" width="${(width - 1).toFixed(0)}" height="${height - 1}" rx="8"/>`,
    ...texts,
    '</svg>\n',
  ].join('\n');
}

/** Characters beside each other in one look. */
interface Run {
  readonly at: number;
  readonly look: string;
  text: string;
}

function rowOf(screen: Screen, y: number): Run[] {
  const line = screen.buffer.active.getLine(y);
  const runs: Run[] = [];
  for (let x = 0; x < screen.cols; x++) {
    const cell = line?.getCell(x);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const look = lookOf(cell);
    const text = cell.getChars() || ' ';
    const run = runs.at(-1);
    if (run?.look === look) run.text += text;
    else runs.push({ at: x, look, text });
  }
  return runs;
}

function lookOf(cell: Cell): string {
  const colour = cell.isFgPalette() ? (COLOURS[cell.getFgColor() % 8] ?? '') : '';
  const looks = [
    cell.isInverse() ? 'inverse' : colour,
    cell.isBold() ? 'bold' : '',
    cell.isDim() ? 'dim' : '',
  ];
  return looks.filter(look => look !== '').join(' ');
}

function drawn({ at, look, text }: Run, row: number): string {
  if (text.trim() === '' && !look.includes('inverse')) return '';
  const [x, y] = [PAD + at * WIDE, PAD + row * HIGH];
  const length = `textLength="${([...text].length * WIDE).toFixed(1)}"`;
  const kind = look === '' ? '' : ` class="${look}"`;
  const block = look.includes('inverse')
    ? `<rect class="block" x="${x.toFixed(1)}" y="${y}" width="${([...text].length * WIDE).toFixed(1)}" height="${HIGH}"/>`
    : '';
  return `${block}<text${kind} x="${x.toFixed(1)}" y="${y + 13}" ${length} xml:space="preserve">${escaped(text)}</text>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`);
}
