import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPrinter, type ProgressMode } from '../../src/progress/choose.ts';
import { ROUTES } from '../../src/progress/phases.ts';
import { type Printer, show } from '../../src/progress/printer.ts';
import { InkPrinter } from '../../src/progress/printers/ink.ts';
import { JsonPrinter } from '../../src/progress/printers/json.ts';
import { PlainPrinter } from '../../src/progress/printers/plain.ts';
import { Tally } from '../../src/progress/tally.ts';
import { expectDocumented } from '../support/progress-schema.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-03-01T12:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

/** What a person would read on standard error. */
class Transcript {
  text = '';
  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

const now = () => Date.now();
const seconds = (number: number) => vi.advanceTimersByTime(number * 1000);

/** A small restore as its engine tells it. */
function restore({ report }: Tally): void {
  report({ type: 'phase', phase: 'connect' });
  seconds(0.5);
  report({ type: 'phase', phase: 'images' });
  report({ type: 'planned', bytes: 4096, blobs: 2, objects: 3, images: 1, waves: 2 });
  report({ type: 'blob-done', digest: 'sha256:b', bytes: 1024, how: 'present' });
  report({ type: 'blob-started', digest: 'sha256:a', bytes: 3072, for: 'droplets/abc' });
  for (let second = 1; second <= 12; second++) {
    report({ type: 'blob-progress', digest: 'sha256:a', bytes: second * 256 });
    seconds(1);
  }
  report({ type: 'blob-done', digest: 'sha256:a', bytes: 3072, how: 'moved' });
  report({ type: 'phase', phase: 'resources' });
  report({ type: 'wave-started', wave: 1, of: 2, kinds: ['CFOrg'], objects: 1 });
  report({ type: 'object-done', kind: 'CFOrg', name: 'cf/acme', how: 'created' });
  const waiting = { type: 'waiting', subject: 'CFOrg cf/acme', for: 'Ready', left: 2 } as const;
  report({ ...waiting, message: 'namespace is terminating' });
  seconds(11);
  report({ type: 'waited', subject: 'CFOrg cf/acme' });
  report({ type: 'wave-done', wave: 1 });
  report({ type: 'wave-started', wave: 2, of: 2, kinds: ['CFApp', 'CFRoute'], objects: 2 });
  report({
    type: 'loss',
    loss: { kind: 'object-failed', subject: 'CFRoute s/1', reason: 'invalid host', usedBy: ['CFApp s/2'] },
  });
  report({ type: 'note', text: 'tasks do not run again' });
  report({ type: 'object-done', kind: 'CFApp', name: 's/2', how: 'created' });
  report({ type: 'object-done', kind: 'CFRoute', name: 's/1', how: 'failed' });
  report({ type: 'retry', subject: 'api.example.com', reason: '429', attempt: 1, delayMs: 1000 });
  seconds(12);
  report({ type: 'wave-done', wave: 2 });
}

describe('plain lines', () => {
  it('tell a run: what begins and ends, losses and notes as they come, a sign of life every ten seconds', async () => {
    const tally = new Tally(now, ROUTES.restore);
    const out = new Transcript();
    await show(tally, new PlainPrinter(tally, out, now), async () => restore(tally));
    expect(out.text).toMatchInlineSnapshot(`
      "connect: done (0.5 s)
      images: 0 %, 3.5 of 4.0 KiB, 0 of 3 objects, 256 B/s, about 1 h 40 min left
      images: 3.0 KiB in 1 blob, 1 blob already there (12 s)
      resources: wave 1 of 2: CFOrg, 0 of 1 object
      resources: 33 %, 4.0 of 4.0 KiB, 1 of 3 objects; waiting 7 s for CFOrg cf/acme: Ready (2 left): namespace is terminating
      wave 1/2: CFOrg: 1 created (11 s)
      resources: wave 2 of 2: CFApp, CFRoute, 0 of 2 objects
      loss: CFRoute s/1: invalid host, used by CFApp s/2
      note: tasks do not run again
      resources: 100 %, 4.0 of 4.0 KiB, 3 of 3 objects; 1 retry, the last: api.example.com: 429
      wave 2/2: CFApp, CFRoute: 1 created, 1 failed, 1 retry, 1 loss (12 s)
      resources: 2 created, 1 failed, 1 retry, 1 loss (23 s)
      "
    `);
  });

  it('say how far a run came that failed', async () => {
    const tally = new Tally(now);
    const out = new Transcript();
    const run = show(tally, new PlainPrinter(tally, out, now), async () => {
      tally.report({ type: 'phase', phase: 'list' });
      tally.report({ type: 'listed', kind: 'CFApp', objects: 3, done: false });
      throw new Error('gone');
    });
    await expect(run).rejects.toThrow('gone');
    expect(out.text).toBe('list: failed: 3 objects (0.0 s)\n');
  });

  it('tell interruption from failure', async () => {
    const tally = new Tally(now);
    const out = new Transcript();
    const controller = new AbortController();
    const work = async () => {
      tally.report({ type: 'phase', phase: 'images' });
      controller.abort();
      controller.signal.throwIfAborted();
    };
    await expect(show(tally, new PlainPrinter(tally, out, now), work, controller.signal)).rejects.toThrow();
    expect(out.text).toBe('images: interrupted (0.0 s)\n');
  });

  it('say that a run stalls and why', async () => {
    const tally = new Tally(now);
    const out = new Transcript();
    await show(tally, new PlainPrinter(tally, out, now), async () => {
      tally.report({ type: 'phase', phase: 'list' });
      tally.report({ type: 'retry', subject: 'api.example.com', reason: '503', attempt: 4, delayMs: 9000 });
      seconds(20);
    });
    expect(out.text).toContain('list: 0 objects of 0 kinds; no news for 20 s: api.example.com: 503\n');
  });
});

describe('JSON lines', () => {
  const lines = (out: Transcript) =>
    out.text
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));

  it('are a versioned envelope around every event, and end with how the run ended', async () => {
    const tally = new Tally(now);
    const out = new Transcript();
    await show(tally, new JsonPrinter(tally, out, now), async () => {
      tally.report({ type: 'phase', phase: 'verify' });
      tally.report({ type: 'note', text: 'two\nlines' });
    });
    expect(out.text).toMatchInlineSnapshot(`
      "{"v":1,"time":"2026-03-01T12:00:00.000Z","event":{"type":"phase","phase":"verify"}}
      {"v":1,"time":"2026-03-01T12:00:00.000Z","event":{"type":"note","text":"two\\nlines"}}
      {"v":1,"time":"2026-03-01T12:00:00.000Z","event":{"type":"summary","seconds":0,"retries":0,"losses":0}}
      {"v":1,"time":"2026-03-01T12:00:00.000Z","event":{"type":"end","ending":"done","seconds":0}}
      "
    `);
  });

  it('are documented, every type of them', async () => {
    const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
    const sources = await Promise.all(['src/progress/events.ts', 'src/progress/printers/json.ts'].map(read));
    const types = sources.flatMap(source =>
      [...source.matchAll(/\btype: '([a-z-]+)'/g)].map(([, type]) => type),
    );
    const documented = [...(await read('docs/progress.md')).matchAll(/^\| `([a-z-]+)` \|/gm)].map(
      ([, type]) => type,
    );
    expect(documented.sort()).toEqual([...new Set(types)].sort());
  });

  it('are documented, every field of them that a restore tells', async () => {
    const tally = new Tally(now);
    const out = new Transcript();
    await show(tally, new JsonPrinter(tally, out, now), async () => restore(tally));
    expectDocumented(out.text.trim().split('\n'));
  });

  it('tell the progress of a blob once a second, and a summary every five', async () => {
    const tally = new Tally(now);
    const out = new Transcript();
    await show(tally, new JsonPrinter(tally, out, now), async () => {
      tally.report({ type: 'planned', bytes: 10_000, blobs: 1, objects: 0, images: 1, waves: 0 });
      tally.report({ type: 'blob-started', digest: 'sha256:a', bytes: 10_000, for: 'x' });
      for (let step = 1; step <= 1000; step++) {
        tally.report({ type: 'blob-progress', digest: 'sha256:a', bytes: step * 10 });
        seconds(0.01);
      }
    });
    const events = lines(out).map(({ event }) => event);
    expect(events.filter(({ type }) => type === 'blob-progress')).toHaveLength(10);
    expect(events.filter(({ type }) => type === 'summary').map(({ fraction }) => fraction)).toEqual([
      expect.closeTo(0.5, 1),
      expect.closeTo(1, 1),
      1,
    ]);
  });
});

const controls = { flow: undefined, finish() {}, abandon() {}, wayOn: () => '' };

describe('the choice of a printer', () => {
  const choose = (
    mode: ProgressMode,
    { isTTY = false, quiet = false, env = {} as NodeJS.ProcessEnv } = {},
  ): Printer => {
    const stream = { isTTY, write: () => true } as unknown as NodeJS.WriteStream;
    return createPrinter(new Tally(now), { mode, quiet, stream, env, now, controls });
  };

  it('is the live view on a terminal, and lines elsewhere', () => {
    expect(choose('auto', { isTTY: true })).toBeInstanceOf(InkPrinter);
    expect(choose('auto')).toBeInstanceOf(PlainPrinter);
    expect(choose('ink')).toBeInstanceOf(PlainPrinter);
  });

  it('is lines in CI and on a terminal that cannot move its cursor', () => {
    expect(choose('auto', { isTTY: true, env: { CI: 'true' } })).toBeInstanceOf(PlainPrinter);
    expect(choose('auto', { isTTY: true, env: { CI: 'false' } })).toBeInstanceOf(InkPrinter);
    expect(choose('ink', { isTTY: true, env: { CI: 'true' } })).toBeInstanceOf(InkPrinter);
    expect(choose('ink', { isTTY: true, env: { TERM: 'dumb' } })).toBeInstanceOf(PlainPrinter);
  });

  it('is nothing when quiet, but JSON lines that were asked for are written', async () => {
    expect(choose('json', { quiet: true })).toBeInstanceOf(JsonPrinter);
    for (const printer of [choose('auto', { isTTY: true, quiet: true }), choose('plain', { quiet: true })]) {
      expect(printer).not.toBeInstanceOf(PlainPrinter);
      expect(printer).not.toBeInstanceOf(InkPrinter);
    }
  });

  it('that breaks does not break what it shows', async () => {
    const warnings = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const broken: Printer = { start() {}, stop: () => Promise.reject(new Error('no such terminal')) };
    expect(await show(new Tally(now), broken, async () => 'archive')).toBe('archive');
    expect(warnings).toHaveBeenCalledWith('warning: the view of the progress failed: no such terminal\n');
    warnings.mockRestore();
  });

  it('that shows nothing still tells the tally how the run ended', async () => {
    const tally = new Tally(now);
    const stream = { isTTY: false, write: () => expect.fail('it wrote') } as unknown as NodeJS.WriteStream;
    const printer = createPrinter(tally, { mode: 'none', quiet: false, stream, env: {}, now, controls });
    await show(tally, printer, async () => restore(tally));
    expect(tally.ending).toBe('done');
  });
});
