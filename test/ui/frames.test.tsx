import chalk from 'chalk';
import fc from 'fast-check';
import { renderToString } from 'ink';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROUTES } from '../../src/progress/phases.ts';
import { Sampler, type Snapshot } from '../../src/progress/snapshot.ts';
import { Tally } from '../../src/progress/tally.ts';
import { columnsOf } from '../../src/progress/text.ts';
import type { Desk } from '../../src/ui/desk.ts';
import { NO_KEYS_YET } from '../../src/ui/keys.ts';
import { Live } from '../../src/ui/live.tsx';
import { symbolsFor } from '../../src/ui/symbols.ts';
import { SymbolsProvider } from '../../src/ui/theme.tsx';

beforeAll(() => {
  chalk.level = 0;
});

const MiB = 1024 ** 2;

/** Nobody's keys are taken. */
const UNWATCHED: Desk = { keys: NO_KEYS_YET, isWatched: false, steers: 'nothing', wayOn: '', messages: [] };

/** What the terminal shows: the lines that stay and the live part below them. */
function frame(
  snapshot: Snapshot,
  columns: number,
  rows: number,
  env: NodeJS.ProcessEnv = {},
  desk: Partial<Desk> = {},
): string {
  const view = (
    <SymbolsProvider value={symbolsFor(env)}>
      <Live snapshot={snapshot} desk={{ ...UNWATCHED, ...desk }} room={{ columns, rows }} />
    </SymbolsProvider>
  );
  return renderToString(view, { columns });
}

function run(
  route: (typeof ROUTES)[keyof typeof ROUTES],
  story: (tally: Tally, pass: (s: number) => void) => void,
) {
  const clock = { at: 0 };
  const tally = new Tally(() => clock.at, route);
  const sampler = new Sampler(tally, () => clock.at);
  story(tally, seconds => {
    for (let tenth = 0; tenth < seconds * 10; tenth++) {
      clock.at += 100;
      sampler.sample();
    }
  });
  return sampler.sample();
}

const exporting = run(ROUTES.export, ({ report }, pass) => {
  report({ type: 'phase', phase: 'connect' });
  pass(1);
  report({ type: 'phase', phase: 'list' });
  report({ type: 'listed', kind: 'CFApp', objects: 3482, done: true });
  report({
    type: 'loss',
    loss: {
      kind: 'kind-forbidden',
      subject: 'ServiceAccount',
      reason: 'jane may not list it in any namespace',
    },
  });
  pass(4);
  report({ type: 'phase', phase: 'write' });
  report({ type: 'planned', bytes: 1000 * MiB, blobs: 9, objects: 3482, images: 4, waves: 0 });
  const names = ['korifi/0a1b2c3d-droplets', 'korifi/注文サービス-🚀-droplets', 'bundles/contour'];
  for (const [index, name] of names.entries()) {
    report({
      type: 'blob-started',
      digest: name,
      bytes: (3 - index) * 100 * MiB,
      for: `registry.example.com/${name}`,
    });
  }
  for (let second = 1; second <= 8; second++) {
    for (const name of names) report({ type: 'blob-progress', digest: name, bytes: second * 10 * MiB });
    pass(1);
  }
  report({
    type: 'retry',
    subject: 'registry.example.com',
    reason: 'connection reset',
    attempt: 1,
    delayMs: 900,
  });
});

const restoring = run(ROUTES.restore, ({ report }, pass) => {
  report({ type: 'phase', phase: 'images' });
  report({ type: 'planned', bytes: 100 * MiB, blobs: 1, objects: 1204, images: 1, waves: 9 });
  report({ type: 'blob-done', digest: 'a', bytes: 100 * MiB, how: 'moved' });
  report({ type: 'phase', phase: 'resources' });
  report({ type: 'wave-started', wave: 1, of: 9, kinds: ['PackageInstall'], objects: 17 });
  for (let nth = 1; nth <= 17; nth++) {
    report({ type: 'object-done', kind: 'PackageInstall', name: `tanzu/${nth}`, how: 'created' });
  }
  report({
    type: 'waiting',
    subject: 'PackageInstall tanzu/contour',
    for: 'ReconcileSucceeded',
    message: 'kapp: Error: waiting on reconcile deployment/contour: 2 unavailable replicas',
    left: 3,
  });
  pass(42);
});

const stalling = run(ROUTES.verify, ({ report }, pass) => {
  report({ type: 'phase', phase: 'verify' });
  report({ type: 'planned', bytes: 100, blobs: 1, objects: 0, images: 1, waves: 0 });
  report({ type: 'blob-started', digest: 'a', bytes: 100, for: 'x' });
  report({ type: 'retry', subject: 'registry.example.com', reason: '503', attempt: 4, delayMs: 9000 });
  pass(14);
});

const ended = run(ROUTES.verify, (tally, pass) => {
  tally.report({ type: 'phase', phase: 'verify' });
  pass(2);
  tally.end('failed');
});

describe('the live view', () => {
  it('of an export at 80 × 24', () =>
    expect(frame(exporting, 80, 24)).toMatchInlineSnapshot(`
      "✓ connect    1.0 s
      ! loss       ServiceAccount: jane may not list it in any namespace
      ✓ list       1 kind, 3,482 objects, 1 loss (4.0 s)

      ✓ connect  ✓ list  ⠴ write  · finish                                       13 s
      ━━━━━━━━━━━━━━━━━╸───────────────────────────────────────────────────────  24 %
      240.0 of 1000.0 MiB · 30.0 MiB/s · 30 s left

      ↓ ━━━─────────  26 %  300.0 MiB  registry.example.com/korifi/0a1b2c3d-droplets
      ↓ ━━━━╸───────  40 %  200.0 MiB  registry.example.com/korifi/注文サービス-🚀-d…
      ↓ ━━━━━━━━━╸──  80 %  100.0 MiB  registry.example.com/bundles/contour

      ! 1 loss · 1 retry, the last: registry.example.com: connection reset"
    `));
  it('of an export at 40 × 15', () =>
    expect(frame(exporting, 40, 15)).toMatchInlineSnapshot(`
      "✓ connect    1.0 s
      ! loss       ServiceAccount: jane may
                   not list it in any
                   namespace
      ✓ list       1 kind, 3,482 objects, 1
                   loss (4.0 s)
      ⠴ write  3 of 4                    13 s
      ━━━━━━━╸─────────────────────────  24 %
      240.0 of 1000.0 MiB
      30.0 MiB/s · 30 s left
      ↓  26 %  300.0 MiB  registry.example.c…
      ↓  40 %  200.0 MiB  registry.example.c…
      ↓  80 %  100.0 MiB  registry.example.c…
      ! 1 loss · 1 retry, the last: registry…"
    `));
  it('of an export at 200 × 60', () =>
    expect(frame(exporting, 200, 60)).toMatchInlineSnapshot(`
      "✓ connect    1.0 s
      ! loss       ServiceAccount: jane may not list it in any namespace
      ✓ list       1 kind, 3,482 objects, 1 loss (4.0 s)

      ✓ connect  ✓ list  ⠴ write  · finish                                                                                13 s
      ━━━━━━━━━━━━━━━━━━━━━━━━━━━───────────────────────────────────────────────────────────────────────────────────────  24 %
      240.0 of 1000.0 MiB · 30.0 MiB/s · 30 s left

      ↓ ━━━─────────  26 %  300.0 MiB  registry.example.com/korifi/0a1b2c3d-droplets
      ↓ ━━━━╸───────  40 %  200.0 MiB  registry.example.com/korifi/注文サービス-🚀-droplets
      ↓ ━━━━━━━━━╸──  80 %  100.0 MiB  registry.example.com/bundles/contour

      ! 1 loss · 1 retry, the last: registry.example.com: connection reset"
    `));
  it('of a restore that waits at 80 × 24', () =>
    expect(frame(restoring, 80, 24)).toMatchInlineSnapshot(`
      "✓ images     100.0 MiB in 1 blob (0.0 s)

      ✓ images  ⠋ resources  · finish                                            42 s
      ━━━━━━━━━━━──────────────────────────────────────────────────────────────  15 %
      100.0 of 100.0 MiB · 17 of 1,204 objects

      wave 1 of 9: PackageInstall, 17 of 17 objects
      … waiting for PackageInstall tanzu/contour: ReconcileSucceeded     3 left  42 s
        kapp: Error: waiting on reconcile deployment/contour: 2 unavailable replicas"
    `));
  it('of a restore that waits at 40 × 15', () =>
    expect(frame(restoring, 40, 15)).toMatchInlineSnapshot(`
      "✓ images     100.0 MiB in 1 blob
                   (0.0 s)
      ✓ images  ⠋ resources  · finish    42 s
      ━━━━━────────────────────────────  15 %
      100.0 of 100.0 MiB
      17 of 1,204 objects
      wave 1 of 9: PackageInstall, 17 of 17 …
      … Packag…ntour: Reconcil…  3 left  42 s
        kapp: Error: waiting on reconcile de…"
    `));
  it('of a restore that waits at 200 × 60', () =>
    expect(frame(restoring, 200, 60)).toMatchInlineSnapshot(`
      "✓ images     100.0 MiB in 1 blob (0.0 s)

      ✓ images  ⠋ resources  · finish                                                                                     42 s
      ━━━━━━━━━━━━━━━━━╸────────────────────────────────────────────────────────────────────────────────────────────────  15 %
      100.0 of 100.0 MiB · 17 of 1,204 objects

      wave 1 of 9: PackageInstall, 17 of 17 objects
      … waiting for PackageInstall tanzu/contour: ReconcileSucceeded                                              3 left  42 s
        kapp: Error: waiting on reconcile deployment/contour: 2 unavailable replicas"
    `));
  it('of a run that stalls', () =>
    expect(frame(stalling, 80, 24)).toMatchInlineSnapshot(`
      "⠋ verify  · finish                                                         14 s
      ─────────────────────────────────────────────────────────────────────────   0 %
      0 of 100 B · 0 B/s

      ↓ ────────────   0 %      100 B  x

      ! no byte for 14 s: registry.example.com: 503"
    `));
  it('of a run that failed leaves the line that says so, and nothing below', () =>
    expect(frame(ended, 80, 24)).toBe('✗ verify     failed (2.0\u00a0s)'));
  it('on a console without these signs has others', () =>
    expect(frame(exporting, 80, 24, { TERM: 'linux' })).not.toMatch(/[✓✗━╸─⠋↓·]/));
});

describe('the live view with somebody at the keys', () => {
  const steered = { ...exporting, limit: 8 };
  const at: Partial<Desk> = {
    isWatched: true,
    steers: 'all',
    wayOn: 'what was written is kept; go on with: kubectl asa-backup export backup.tar --resume',
    messages: ['12:00:00  phase list', '12:00:04  loss: ServiceAccount: jane may not list it'],
  };
  const shown = (columns: number, rows: number, desk: Partial<Desk>, snapshot: Snapshot = steered) =>
    frame({ ...snapshot, milestones: [] }, columns, rows, {}, { ...at, ...desk });

  it('asks before it stops, at 80 × 24', () =>
    expect(shown(80, 24, { keys: { panel: undefined, stop: 'asked' } })).toMatchInlineSnapshot(`
      "✓ connect  ✓ list  ⠴ write  · finish                                       13 s
      ━━━━━━━━━━━━━━━━━╸───────────────────────────────────────────────────────  24 %
      240.0 of 1000.0 MiB · 30.0 MiB/s · 30 s left

      ↓ ━━━─────────  26 %  300.0 MiB  registry.example.com/korifi/0a1b2c3d-droplets
      ↓ ━━━━╸───────  40 %  200.0 MiB  registry.example.com/korifi/注文サービス-🚀-d…
      ↓ ━━━━━━━━━╸──  80 %  100.0 MiB  registry.example.com/bundles/contour

      ! 1 loss · 1 retry, the last: registry.example.com: connection reset

      › stop? y: finish what is under way, then stop; Ctrl-C: stop at once; any other
        key: go on
        continue later: what was written is kept; go on with: kubectl asa-backup
        export backup.tar --resume"
    `));
  it('asks before it stops, at 40 × 15', () =>
    expect(shown(40, 15, { keys: { panel: undefined, stop: 'asked' } })).toMatchInlineSnapshot(`
      "⠴ write  3 of 4                    13 s
      ━━━━━━━╸─────────────────────────  24 %
      240.0 of 1000.0 MiB
      ! 1 loss · 1 retry, the last: registry…
      › stop? y: finish what is under way,
        then stop; Ctrl-C: stop at once; any
        other key: go on
        continue later: what was written is
        kept; go on with: kubectl asa-backup
        export backup.tar --resume"
    `));
  it('is paused, at 200 × 60', () =>
    expect(shown(200, 60, {}, { ...steered, paused: 65, secondsLeft: undefined })).toMatchInlineSnapshot(`
      "✓ connect  ✓ list  ⠴ write  · finish                                                                                13 s
      ━━━━━━━━━━━━━━━━━━━━━━━━━━━───────────────────────────────────────────────────────────────────────────────────────  24 %
      240.0 of 1000.0 MiB · 30.0 MiB/s

      ↓ ━━━─────────  26 %  300.0 MiB  registry.example.com/korifi/0a1b2c3d-droplets
      ↓ ━━━━╸───────  40 %  200.0 MiB  registry.example.com/korifi/注文サービス-🚀-droplets
      ↓ ━━━━━━━━━╸──  80 %  100.0 MiB  registry.example.com/bundles/contour

      ! 1 loss · 1 retry, the last: registry.example.com: connection reset

      › paused for 1 m 05 s: nothing further begins until p is pressed again
      p pause · +/- 8 transfers · l log · ? help · q stop"
    `));
  it('shows help, at 80 × 24', () =>
    expect(shown(80, 24, { keys: { panel: 'help', stop: undefined } })).toMatchInlineSnapshot(`
      "✓ connect  ✓ list  ⠴ write  · finish                                       13 s
      ━━━━━━━━━━━━━━━━━╸───────────────────────────────────────────────────────  24 %
      240.0 of 1000.0 MiB · 30.0 MiB/s · 30 s left
      ! 1 loss · 1 retry, the last: registry.example.com: connection reset
      p          pause: what is under way is finished, nothing further begins; again:
                 go on
      +          one transfer more at a time
      -          one transfer fewer at a time
      l          the last messages; again: back
      ?          this help; again: back
      q, Ctrl-C  stop: asks, and tells how to go on
      Ctrl-Z     back to the shell; fg goes on
      Ctrl-\\     end the program as it is
      p pause · +/- 8 transfers · l log · ? help · q stop"
    `));
  it('shows help in fewer words, and whole, at 40 × 15', () =>
    expect(shown(40, 15, { keys: { panel: 'help', stop: undefined } })).toMatchInlineSnapshot(`
      "⠴ write  3 of 4                    13 s
      p          pause; again: go on
      +          one transfer more
      -          one transfer fewer
      l          the last messages
      ?          this help
      q, Ctrl-C  stop; asks first
      Ctrl-Z     back to the shell
      Ctrl-\\     end at once
      l log · ? help · q stop"
    `));
  it('shows the last messages, at 40 × 15', () =>
    expect(shown(40, 15, { keys: { panel: 'log', stop: undefined } })).toMatchInlineSnapshot(`
      "⠴ write  3 of 4                    13 s
      ━━━━━━━╸─────────────────────────  24 %
      240.0 of 1000.0 MiB
      30.0 MiB/s · 30 s left
      ! 1 loss · 1 retry, the last: registry…
      12:00:00  phase list
      12:00:04  loss: ServiceAccount: jane
        may not list it
      l log · ? help · q stop"
    `));
  it('needs no colour to tell anything apart, and has red and green for signs only', () => {
    chalk.level = 1;
    const colours = new Set(
      [exporting, restoring, stalling, ended].flatMap(snapshot =>
        [...frame(snapshot, 80, 24).matchAll(/\[(3[0-8]|9\d)m(.)/g)].map(
          ([, code, sign]) => `${code} ${sign}`,
        ),
      ),
    );
    chalk.level = 0;
    expect([...colours].sort()).toEqual(['31 !', '31 ✗', '32 ✓']);
  });
});

describe('whatever happens and however small the terminal', () => {
  const text = fc.oneof(fc.string(), fc.constantFrom('注文サービス', '🚀👩‍👩‍👧 e\u0301', 'x'.repeat(300)));
  const anything = fc.record({
    waits: fc.array(fc.record({ subject: text, for: text, message: text }), { maxLength: 6 }),
    blobs: fc.array(text, { maxLength: 6 }),
    kinds: fc.option(fc.array(text, { minLength: 1, maxLength: 9 })),
    losses: fc.nat(2),
    retry: fc.option(text),
    desk: fc.record({
      keys: fc.record({
        panel: fc.constantFrom(undefined, 'log' as const, 'help' as const),
        stop: fc.constantFrom(undefined, 'asked' as const, 'finishing' as const, 'abandoned' as const),
      }),
      isWatched: fc.boolean(),
      steers: fc.constantFrom('nothing', 'pause', 'all'),
      wayOn: text,
      messages: fc.array(text, { maxLength: 30 }),
    }),
    seconds: fc.constantFrom(0.2, 12),
  });
  const terminal = fc.record({
    columns: fc.integer({ min: 40, max: 200 }),
    rows: fc.integer({ min: 6, max: 60 }),
  });

  it('takes at most two thirds of the height and none of the last column', () => {
    fc.assert(
      fc.property(
        anything,
        terminal,
        ({ waits, blobs, kinds, losses, retry, seconds, desk }, { columns, rows }) => {
          const snapshot = run(ROUTES.restore, ({ report }, pass) => {
            report({ type: 'phase', phase: 'resources' });
            report({ type: 'planned', bytes: 5e9, blobs: 9, objects: 12_345, images: 4, waves: 7 });
            for (const name of blobs) report({ type: 'blob-started', digest: name, bytes: 1e9, for: name });
            if (kinds !== null) report({ type: 'wave-started', wave: 1, of: 7, kinds, objects: 99 });
            for (const wait of waits) report({ type: 'waiting', ...wait, left: 4 });
            if (retry !== null)
              report({ type: 'retry', subject: retry, reason: retry, attempt: 1, delayMs: 1 });
            for (let nth = 0; nth < losses; nth++) {
              report({ type: 'loss', loss: { kind: 'object-failed', subject: 'x', reason: 'y' } });
            }
            pass(seconds);
          });
          const lines = frame({ ...snapshot, milestones: [] }, columns, rows, {}, desk).split('\n');
          expect(lines.length).toBeLessThanOrEqual(Math.floor((rows * 2) / 3));
          for (const line of lines) expect(columnsOf(line)).toBeLessThan(columns);
        },
      ),
      { numRuns: 60 },
    );
  });
});
