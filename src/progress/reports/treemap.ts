import { count, size } from '../format.ts';
import type { Share } from './document.ts';
import { html, type Markup } from './markup.ts';
import { type Box, squarify } from './squarify.ts';

const [WIDTH, HEIGHT] = [960, 440];
/** Colours of orgs, one after the other. */
const HUES = 6;
/** Height of a name above what is in it, and room around that. */
const [HEAD, PAD] = [18, 2];
/** Smaller than this a box gets no name. */
const [NAMED_WIDTH, NAMED_HEIGHT] = [44, 16];
/** About how wide a letter is. */
const LETTER = 6.6;
/** Parts of one whole that are drawn one by one. */
const DRAWN = 240;
/** Less than this, in square units, cannot be seen. */
const SEEN = 16;

/** The layers of an archive as areas: org › space › app, with what several share beside them. */
export function treemap(whole: Share): Markup {
  const box = { x: 0, y: 0, width: WIDTH, height: HEIGHT };
  const orgs = whole.parts.filter(({ sort }) => sort === 'org');
  const hueOf = (part: Share) => (part.sort === 'org' ? `h${orgs.indexOf(part) % HUES}` : 'hi');
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="treemap-title">
<title id="treemap-title">Image bytes by org, space and app: ${size(whole.total)} in all. The table below has the numbers.</title>
<defs><pattern id="shared" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="shared-ground" width="6" height="6"/><rect class="shared-line" width="2" height="6"/></pattern></defs>
${inside(whole, box, hueOf)}
</svg>`;
}

interface Tile {
  readonly share: Share | undefined;
  readonly name: string;
  readonly bytes: number;
}

function inside(whole: Share, box: Box, hueOf: (part: Share) => string): Markup[] {
  const drawn = whole.parts.slice(0, DRAWN).filter(({ total }) => total > 0);
  const others = whole.parts.slice(DRAWN);
  const tiles: Tile[] = drawn.map(share => ({ share, name: share.name, bytes: share.total }));
  const rest = others.reduce((sum, { total }) => sum + total, 0);
  if (rest > 0) tiles.push({ share: undefined, name: `${count(others.length)} more`, bytes: rest });
  if (whole.own > 0) tiles.push({ share: undefined, name: 'shared', bytes: whole.own });
  tiles.sort((a, b) => b.bytes - a.bytes);
  const boxes = squarify(
    tiles.map(({ bytes }) => bytes),
    box,
  );
  return tiles.flatMap((tile, index) => {
    const at = boxes[index];
    return at === undefined || at.width * at.height < SEEN ? [] : [drawTile(tile, at, whole, hueOf)];
  });
}

function drawTile(
  { share, name, bytes }: Tile,
  box: Box,
  whole: Share,
  hueOf: (part: Share) => string,
): Markup {
  if (share === undefined) {
    const title = name === 'shared' ? `shared by several parts of ${whole.name}` : `${name} in ${whole.name}`;
    return leaf(`${title}: ${size(bytes)}`, name, box, name === 'shared' ? 'tile is-shared' : 'tile');
  }
  const isTop = share.sort === 'org' || share.sort === 'installation';
  const hue = isTop ? hueOf(share) : '';
  const title = `${share.sort} ${share.name}: ${size(bytes)}${more(share)}`;
  if (share.parts.length === 0) return html`<g class="${hue}">${leaf(title, name, box, 'tile')}</g>`;
  const hasHead = box.width > NAMED_WIDTH && box.height > HEAD + NAMED_HEIGHT;
  const room = {
    x: box.x + PAD,
    y: box.y + (hasHead ? HEAD : PAD),
    width: Math.max(0, box.width - 2 * PAD),
    height: Math.max(0, box.height - PAD - (hasHead ? HEAD : PAD)),
  };
  return html`<g class="${hue}"><g><title>${title}</title>${rect(box, `group ${share.sort}`)}${
    hasHead ? label(headOf(name, bytes, box), box, 13, 'head') : undefined
  }</g>${inside(share, room, () => '')}</g>`;
}

function leaf(title: string, name: string, box: Box, kind: string): Markup {
  const isNamed = box.width > NAMED_WIDTH && box.height > NAMED_HEIGHT;
  return html`<g><title>${title}</title>${rect(box, kind)}${isNamed ? label(name, box, 13, '') : undefined}</g>`;
}

function rect({ x, y, width, height }: Box, kind: string): Markup {
  return html`<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}"/>`;
}

/** A name with its size, or alone where there is no room for both. */
function headOf(name: string, bytes: number, box: Box): string {
  const both = `${name}  ${size(bytes)}`;
  return both.length <= lettersIn(box) ? both : name;
}

const lettersIn = ({ width }: Box) => Math.floor((width - 8) / LETTER);

function label(text: string, box: Box, down: number, kind: string): Markup {
  const { x, y } = box;
  const letters = lettersIn(box);
  const characters = [...text];
  const fits =
    characters.length <= letters ? text : `${characters.slice(0, Math.max(1, letters - 1)).join('')}…`;
  return html`<text class="${kind}" x="${x + 4}" y="${y + down}">${fits}</text>`;
}

/** What it needs beyond what is counted for it. */
function more({ needs, total }: Share): string {
  return needs > total ? `, and ${size(needs - total)} that others need too` : '';
}
