import { Writable } from 'node:stream';
import xterm from '@xterm/headless';
import { afterEach, describe, expect, it } from 'vitest';
import { show } from '../../src/progress/printer.ts';
import { InkPrinter } from '../../src/progress/printers/ink.ts';
import { Tally } from '../../src/progress/tally.ts';

const now = () => performance.now();
const sleep = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms));

/** A terminal as a process sees it (a stream with a size) and as a person sees it (a screen). */
class Screen extends Writable {
  readonly isTTY = true;
  readonly #terminal: InstanceType<typeof xterm.Terminal>;
  columns: number;
  rows: number;
  raw = '';

  constructor(columns: number, rows: number) {
    super({ decodeStrings: false });
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true });
    this.columns = columns;
    this.rows = rows;
  }

  override _write(text: string, _encoding: string, done: () => void): void {
    this.raw += text;
    this.#terminal.write(text, done);
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
    [this.columns, this.rows] = [columns, rows];
    this.emit('resize');
  }

  /** Every line from the first to the last that holds something, those that scrolled away included. */
  get lines(): string[] {
    const { active } = this.#terminal.buffer;
    const lines = Array.from(
      { length: active.length },
      (_, y) => active.getLine(y)?.translateToString(true) ?? '',
    );
    return lines.join('\n').trimEnd().split('\n');
  }
}

const NO_CONTROLS = { flow: undefined, finish() {}, abandon() {}, wayOn: () => '' };
const printerOn = (tally: Tally, screen: Screen, env: NodeJS.ProcessEnv = {}) =>
  new InkPrinter(tally, { stream: screen as unknown as NodeJS.WriteStream, env, now, controls: NO_CONTROLS });

/** Waits until the screen shows something; the test's own time limit ends it. */
async function until(screen: Screen, pattern: RegExp): Promise<void> {
  while (!pattern.test(screen.lines.join('\n'))) await sleep(20);
}

const tallies: Tally[] = [];
function newTally(): Tally {
  const tally = new Tally(now, ['list', 'images']);
  tallies.push(tally);
  return tally;
}
afterEach(() => {
  for (const tally of tallies.splice(0)) tally.end('failed');
});

describe('the live view on a terminal', () => {
  it('follows a run, leaves only what is over, and gives the cursor back', async () => {
    const [tally, screen] = [newTally(), new Screen(80, 24)];
    await show(tally, printerOn(tally, screen), async () => {
      tally.report({ type: 'phase', phase: 'list' });
      tally.report({ type: 'listed', kind: 'CFApp', objects: 3, done: true });
      await until(screen, /3 objects of 1 kind/);
      tally.report({ type: 'phase', phase: 'images' });
      tally.report({ type: 'planned', bytes: 1000, blobs: 1, objects: 0, images: 1, waves: 0 });
      tally.report({ type: 'blob-started', digest: 'a', bytes: 1000, for: 'registry.example.com/a' });
      tally.report({ type: 'blob-progress', digest: 'a', bytes: 500 });
      await until(screen, /50 %[\s\S]*registry\.example\.com\/a/);
      tally.report({ type: 'loss', loss: { kind: 'image-missing', subject: 'b', reason: 'not there' } });
      tally.report({ type: 'blob-done', digest: 'a', bytes: 1000, how: 'moved' });
    });
    expect(screen.lines.map(line => line.replace(/\(.*\)/, '(…)'))).toEqual([
      '✓ list       1 kind, 3 objects (…)',
      '! loss       b: not there',
      '✓ images     1000 B in 1 blob, 1 loss (…)',
    ]);
    expect(screen.raw.lastIndexOf('\u001b[?25h')).toBeGreaterThan(screen.raw.lastIndexOf('\u001b[?25l'));
  });

  it('shows how a run failed even when it fails before the view is there', async () => {
    const [tally, screen] = [newTally(), new Screen(80, 24)];
    const run = show(tally, printerOn(tally, screen), async () => {
      tally.report({ type: 'phase', phase: 'list' });
      throw new Error('gone');
    });
    await expect(run).rejects.toThrow('gone');
    expect(screen.lines).toEqual([expect.stringMatching(/^✗ list {7}failed \(0\.\d\ss\)$/)]);
  });

  it('fits itself to a terminal that changes its size', async () => {
    const [tally, screen] = [newTally(), new Screen(120, 40)];
    await show(tally, printerOn(tally, screen), async () => {
      tally.report({ type: 'phase', phase: 'list' });
      await until(screen, /⠋|⠙|⠹|⠸|⠼|⠴|⠦|⠧|⠇|⠏/);
      screen.resize(40, 12);
      tally.report({ type: 'listed', kind: 'CFApp', objects: 1, done: true });
      await until(screen, /1 object of 1 kind/);
      screen.resize(100, 30);
      tally.report({ type: 'listed', kind: 'CFApp', objects: 22, done: true });
      await until(screen, /22 objects/);
    });
    expect(screen.lines.at(-1)).toMatch(/^✓ list {7}2 kinds, 22 objects/);
  });

  it('leaves nothing behind where the terminal breaks its lines', async () => {
    const [tally, screen] = [newTally(), new Screen(160, 40)];
    const left: string[][] = [];
    await show(tally, printerOn(tally, screen), async () => {
      tally.report({ type: 'phase', phase: 'images' });
      tally.report({ type: 'planned', bytes: 1000, blobs: 9, objects: 0, images: 1, waves: 0 });
      tally.report({ type: 'blob-started', digest: 'a', bytes: 100, for: `registry/${'long-'.repeat(20)}` });
      for (const [columns, bytes] of [
        [100, 10],
        [45, 20],
        [130, 30],
        [60, 40],
      ] as const) {
        await until(screen, /long-long/);
        screen.resize(columns, 40);
        tally.report({ type: 'blob-progress', digest: 'a', bytes });
        await until(screen, new RegExp(`${bytes / 10} %`));
        left.push(screen.lines);
      }
    });
    for (const lines of left) {
      const parts = [/images/, /[━╸─]{20}/, /of 1000 B/, /registry/];
      expect(
        parts.map(part => lines.filter(line => part.test(line)).length),
        lines.join('\n'),
      ).toEqual([1, 1, 1, 1]);
    }
  });

  it('has colours, sixteen at most, and none with NO_COLOR', async () => {
    const colours: string[][] = [];
    for (const env of [{ COLORTERM: 'truecolor' }, { NO_COLOR: '1' }]) {
      const [tally, screen] = [newTally(), new Screen(80, 24)];
      await show(tally, printerOn(tally, screen, env), async () => {
        tally.report({ type: 'phase', phase: 'list' });
        await until(screen, /list/);
      });
      colours.push(
        screen.raw
          .split('\u001b[')
          .map(code => code.slice(0, code.search(/[a-z]/i) + 1))
          .filter(code => code.endsWith('m')),
      );
    }
    expect(colours[0]).toContain('32m');
    expect(colours[0]?.filter(code => /[34]8;/.test(code))).toEqual([]);
    expect(colours[1]).toEqual([]);
  });

  it('speaks to a screen reader in words', async () => {
    const [tally, screen] = [newTally(), new Screen(80, 24)];
    tally.report({ type: 'phase', phase: 'images' });
    tally.report({ type: 'planned', bytes: 1000, blobs: 1, objects: 0, images: 1, waves: 0 });
    tally.report({ type: 'blob-done', digest: 'a', bytes: 250, how: 'moved' });
    tally.report({ type: 'waiting', subject: 'App a', for: 'Ready', message: 'not yet', left: 1 });
    await show(tally, printerOn(tally, screen, { INK_SCREEN_READER: 'true' }), async () => {
      await until(screen, /progressbar: images, 25 %, 250 of 1000 B\nwaiting 0 s for App a: Ready\nnot yet/);
    });
    expect(screen.raw).not.toMatch(/[━─⠋↓]/);
  });
});
