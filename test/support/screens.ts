import { expect } from 'vitest';
import { columnsOf } from '../../src/progress/text.ts';
import type { Pty } from './pty.ts';

/** The sizes at which every screen is looked at: columns, rows. */
export const SIZES = [
  [80, 24],
  [40, 15],
  [200, 60],
] as const;

const LOOK = { timeout: 20_000, interval: 50 };
/** Of the title of a screen. */
const WIDEST = 110;
/** What it takes to be drawn whole. */
const STILL_MS = 120;

/** What a terminal shows at each size, once it stands still and is as it is told: a text for a person to review. */
export async function atEverySize(terminal: Pty, shows: RegExp, foot: RegExp): Promise<string> {
  const screens: string[] = [];
  for (const [columns, rows] of SIZES) {
    terminal.resize(columns, rows);
    const width = Math.min(columns - 1, WIDEST);
    let seen = '';
    await expect
      .poll(async () => {
        const former = still(terminal.screen.join('\n'));
        await new Promise(resolve => setTimeout(resolve, STILL_MS));
        seen = still(terminal.screen.join('\n'));
        const lines = seen.trimEnd().split('\n');
        const wide = lines.filter(line => columnsOf(line) > columns);
        const isThere = shows.test(seen) && foot.test(lines.slice(-3).join('\n'));
        // On a busy machine the screen of the former size stands still for a while, too: its title has another width.
        return { isStill: seen === former, isThere, wide, width: columnsOf(lines[0] ?? '') };
      }, LOOK)
      .toEqual({ isStill: true, isThere: true, wide: [], width });
    screens.push(`${columns} × ${rows}\n\n${framed(seen.trimEnd().split('\n'), columns)}\n`);
  }
  return screens.join('\n');
}

/** Lines between the edges of the terminal. */
export function framed(lines: readonly string[], columns: number): string {
  const edge = '─'.repeat(columns);
  return [`┌${edge}┐`, ...lines.map(line => `│${line}`), `└${edge}┘`].join('\n');
}

/** What differs from run to run, each by something as long. */
const CHANCE: readonly (readonly [pattern: RegExp, as: string | ((text: string) => string)])[] = [
  [/(?<=127\.0\.0\.1:)\d{5}/g, '00000'],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '01234567-89ab-cdef-0123-456789abcdef'],
  // What is left of one that was shortened: which of several objects is named is chance.
  [/(?<=-)[0-9a-f]{3,}(?:-[0-9a-f]+)*-?(?=…)/g, zeros],
  [/(?<=…)[0-9a-f]*(?:-[0-9a-f]+)+(?![\w.])|(?<=…)[0-9a-f]{6,}(?![\w.])/g, zeros],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '2026-03-01T12:00:00.000Z'],
  // How long something is waited for.
  [/(?<= left {2})\d(?= s)/g, '0'],
  // The archive's: what is encrypted does not compress to the same size twice.
  [/\b3\d\d\.\d KiB/g, '312.0 KiB'],
  [/(?<=asa-backup-test-)\w{6}/g, 'XXXXXX'],
];

/** A screen with what differs from run to run held still. */
export function still(screen: string): string {
  return CHANCE.reduce((text, [pattern, as]) => text.replaceAll(pattern, as as string), screen);
}

function zeros(text: string): string {
  return text.replaceAll(/[0-9a-f]/g, '0');
}
