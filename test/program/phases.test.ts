import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KORIFI } from '../../src/foundation/kinds/common.ts';
import type { Call } from '../../src/sandbox/apiserver/call.ts';
import {
  everything,
  ignored,
  missing,
  unanswered,
  withoutConditions,
  withoutGroup,
} from '../faults/apiserver.ts';
import { expectPresentable } from '../support/failure.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { runProgram } from '../support/program.ts';
import { ShellInTerminal } from '../support/shell.ts';

let pair: Pair;
let shell: ShellInTerminal;
/** The terminal as the shell has it. */
let modes: string;

beforeAll(async () => {
  pair = await startPair();
}, 60_000);
afterAll(() => pair?.stop());
beforeEach(async () => {
  shell = await ShellInTerminal.open();
  modes = await shell.modes();
});
afterEach(() => {
  shell.close();
  pair.source.faults.clear();
  pair.target.faults.clear();
});

const CTRL_C = '\u0003';
const CTRL_Z = '\u001a';
const LOOK = { timeout: 20_000, interval: 50 };
/** More calls than anybody makes. */
const FOR_EVER = 10_000;
const SIZES = [
  [80, 24],
  [40, 15],
  [200, 60],
] as const;

const gets = (path: RegExp) => (call: Call) => call.method === 'GET' && path.test(call.path);
const changes = (path: RegExp) => (call: Call) => call.method !== 'GET' && path.test(call.path);

/** Something never answers: an API server from a certain call on, a registry to certain requests, a slow file. */
const hold = {
  source: (concerns: (call: Call) => boolean) => pair.source.faults.api.add(concerns, unanswered, FOR_EVER),
  target: (concerns: (call: Call) => boolean) => pair.target.faults.api.add(concerns, unanswered, FOR_EVER),
  sourceRegistry: (on: RegExp) => pair.source.faults.registry({ kind: 'silent', on }),
  targetRegistry: (on: RegExp) => pair.target.faults.registry({ kind: 'silent', on }),
  unready: (path: RegExp) => pair.target.faults.api.add(gets(path), withoutConditions, FOR_EVER),
  absent: (path: RegExp) => pair.target.faults.api.add(gets(path), missing, FOR_EVER),
};
const meddling = `NODE_OPTIONS='--import=${join(import.meta.dirname, '../support/meddle.js')}'`;
const slowly = (ms: number) => `SLOW_READ_MS=${ms}`;

interface Phase {
  readonly args: () => readonly string[];
  /** Makes it last. */
  readonly held?: () => unknown;
  readonly env?: string;
  /** How it is known, whatever the size of the screen. */
  readonly shows: RegExp;
  /** How one goes on later. */
  readonly tells: RegExp;
}

const AGAIN = /run it\s+again/;
const RESUME = /go on\s+with:\s+kubectl\s+asa-backup/;
const now = (phase: string, also = '') => new RegExp(`[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] ${phase}${also && `[\\s\\S]*${also}`}`);

const exporting =
  (name: string, ...more: string[]) =>
  () => ['export', pair.file(name), ...pair.exporting, ...more];
const restoring = () => pair.restoring('--yes');
const onArchive =
  (...words: string[]) =>
  () =>
    words.map(word => (word === 'ARCHIVE' ? pair.archive : word));
const copying =
  (command: string, ...more: string[]) =>
  () => [...[command, pair.archive, ...more], ...['--output', pair.file(`${command}.tar`)]];

/** What else ends a run; SIGUSR2 is a crash here. */
const ENDINGS = ['SIGTERM', 'SIGHUP', 'SIGUSR2'] as const;
const isThorough = process.env.ASA_BACKUP_TEST_PHASES === 'all';

const PHASES: Readonly<Record<string, Phase>> = {
  'export: connect': {
    args: exporting('connect.tar'),
    held: () => hold.source(everything),
    shows: now('(connect|list)'),
    tells: AGAIN,
  },
  'export: list': {
    args: exporting('list.tar'),
    held: () => hold.source(gets(/\/cfapps$/)),
    shows: now('list', ' objects? of'),
    tells: AGAIN,
  },
  'export: plan': {
    args: exporting('plan.tar'),
    held: () => hold.sourceRegistry(/ .*manifests/),
    shows: now('plan'),
    tells: AGAIN,
  },
  'export: write': {
    args: exporting('write.tar'),
    held: () =>
      pair.source.faults.registry({ kind: 'drip', bytes: 300, delayMs: 300, on: /^GET .*droplets\/blobs/ }),
    shows: now('write', '\\d+ %'),
    tells: RESUME,
  },
  'restore: connect': {
    args: restoring,
    held: () => hold.target(everything),
    shows: now('(connect|read)'),
    tells: AGAIN,
  },
  'restore: check': {
    args: restoring,
    held: () => hold.target(changes(/selfsubjectaccessreviews$/)),
    shows: now('check'),
    tells: AGAIN,
  },
  // From here on in the order in which they leave something for the next one.
  'restore: waiting for a kind': {
    args: restoring,
    held: () => pair.target.faults.api.add(gets(/^\/apis$/), withoutGroup(KORIFI), FOR_EVER),
    shows: /… [\s\S]*the kind to be served/,
    tells: RESUME,
  },
  'restore: a wave': {
    args: restoring,
    held: () => hold.target(call => changes(/\/cforgs/)(call) && !call.query.has('dryRun')),
    shows: /wave \d+ of \d+: CFOrg/,
    tells: RESUME,
  },
  'restore: waiting for a condition': {
    args: restoring,
    held: () => hold.unready(/\/cforgs/),
    shows: /… [\s\S]*CFOrg [\s\S]*Ready/,
    tells: RESUME,
  },
  'restore: waiting for a namespace': {
    args: restoring,
    held: () => hold.absent(/\/namespaces\/cf-space-[\w-]+$/),
    shows: /… [\s\S]*it to be there/,
    tells: RESUME,
  },
  // Of what the restore before it has made.
  undo: {
    args: () => ['undo', '--yes', '--kubeconfig', pair.target.kubeconfigFile],
    held: () => hold.target(({ method }) => method === 'DELETE'),
    shows: now('resources'),
    tells: /go on\s+with:\s+kubectl\s+asa-backup\s+undo/,
  },
  'undo: waiting': {
    args: () => ['undo', '--yes', '--kubeconfig', pair.target.kubeconfigFile],
    held: () => pair.target.faults.api.add(({ method }) => method === 'DELETE', ignored, FOR_EVER),
    shows: /… [\s\S]*it to be/,
    tells: /go on\s+with:\s+kubectl\s+asa-backup\s+undo/,
  },
  'restore: waiting for images': {
    args: restoring,
    shows: /… [\s\S]*images to/,
    tells: RESUME,
  },
  'restore: images': {
    args: restoring,
    held: () => hold.targetRegistry(/^(PATCH|PUT) /),
    shows: now('images'),
    tells: RESUME,
  },
  verify: {
    args: onArchive('verify', 'ARCHIVE'),
    env: slowly(3_000),
    shows: now('verify'),
    tells: /run it again/,
  },
  diff: {
    args: () => ['diff', ...restoring().slice(1, -1)],
    held: () => hold.target(gets(/\/serviceaccounts$/)),
    shows: now('list'),
    tells: AGAIN,
  },
  rehearse: {
    args: onArchive('rehearse', 'ARCHIVE'),
    env: slowly(3_000),
    shows: now('(connect|read|check|images|resources)'),
    tells: AGAIN,
  },
  split: {
    args: () => ['split', pair.archive, pair.file('cut.tar'), '--volume-size', '64KiB'],
    env: slowly(2_000),
    shows: now('write'),
    tells: AGAIN,
  },
  redact: {
    args: copying('redact'),
    env: slowly(2_000),
    shows: now('write'),
    tells: AGAIN,
  },
  repair: {
    args: copying('repair'),
    env: slowly(2_000),
    shows: now('write'),
    tells: AGAIN,
  },
};

async function begin(name: string): Promise<Phase> {
  const phase = PHASES[name] as Phase;
  // Nothing that needs a droplet is made, so that every phase finds something to do.
  hold.targetRegistry(/^(PATCH|PUT) .*droplets/);
  await phase.held?.();
  shell.start(phase.args(), { env: `${meddling} ${phase.env ?? ''}` });
  await shell.until(phase.shows);
  await shell.until(/q stop/);
  return phase;
}

const isAsItWas = async () => {
  expect([shell.isCursorShown, shell.isOnMainScreen]).toEqual([true, true]);
  shell.resize(80, 24);
  expect(await shell.modes()).toBe(modes);
};

describe('in every phase', { timeout: 120_000 }, () => {
  it.each(Object.keys(PHASES))(
    '%s: it fits every size, Ctrl-Z is Ctrl-Z, one Ctrl-C asks, and another stops',
    async name => {
      const phase = await begin(name);
      for (const [columns, rows] of SIZES) {
        shell.resize(columns, rows);
        await fits(columns, rows, phase.shows);
      }
      shell.type(CTRL_Z);
      await shell.until(/Stopped[\s\S]*ready> $/);
      expect([shell.isCursorShown, await shell.modes()]).toEqual([true, modes]);
      shell.type('clear; fg\r');
      await shell.until(phase.shows);
      shell.type(CTRL_C);
      await shell.until(/stop\? y: finish/);
      shell.type('n');
      await shell.until(/^(?![\s\S]*stop\? y)[\s\S]*q stop/);
      shell.type(CTRL_C);
      await shell.until(/stop\? y: finish/);
      shell.type(CTRL_C);
      expect(await shell.exitCode()).toBe(130);
      expect(shell.text).toContain('error: interrupted by Ctrl-C');
      expect(shell.text).toMatch(phase.tells);
      expectPresentable(shell.text);
      await isAsItWas();
    },
  );

  it('what was stopped is gone on with to its end', { timeout: 120_000 }, async () => {
    const restored = await runProgram(['restore', '--resume', '-o', 'json', '--wait-timeout', '90s']);
    const { losses } = JSON.parse(restored.stdout || '{}');
    expect({ code: restored.code, losses }, restored.stderr).toEqual({ code: 0, losses: [] });
    const written = pair.file('write.tar');
    const kubeconfig = ['--kubeconfig', pair.source.kubeconfigFile];
    expect(await runProgram(['export', written, '--resume', ...kubeconfig])).toMatchObject({ code: 0 });
    expect(await runProgram(['verify', written])).toMatchObject({ code: 0 });
  });
});

describe('in any phase', { timeout: 120_000 }, () => {
  // What another run has left would end some phases before they begin.
  beforeEach(async () => {
    await pair.stop();
    pair = await startPair();
  }, 60_000);

  // Each of them takes a second; all of them take minutes.
  const others = ENDINGS.flatMap((ending, at) => {
    const names = Object.keys(PHASES).filter(name => !name.startsWith('undo'));
    return names.filter((_, nth) => isThorough || nth % 9 === at * 3).map(name => [name, ending] as const);
  });

  it.each(others)('%s: the terminal is as it was after %s', async (name, ending) => {
    const { tells } = await begin(name);
    shell.signal(ending);
    const isCrash = ending === 'SIGUSR2';
    expect(await shell.exitCode()).toBe(isCrash ? 1 : 130);
    expect(shell.text).toContain(isCrash ? 'error: boom\nhint: this is a bug' : `interrupted by ${ending}`);
    if (!isCrash) expect(shell.text).toMatch(tells);
    expect(shell.text).not.toContain('    at ');
    await isAsItWas();
  });
});

/** The view comes to fit the new size: nothing is wider, and it takes two thirds of the height at most. */
async function fits(columns: number, rows: number, shows: RegExp): Promise<void> {
  await expect
    .poll(() => {
      const lines = shell.screen;
      const top = lines.findLastIndex(line => /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] /.test(line));
      const height = lines.findLastIndex(line => line !== '') - top + 1;
      const text = lines.slice(top).join('\n');
      const isWide = lines.some(line => line.length > columns);
      return { isThere: shows.test(text) && /q stop/.test(text), isWide, isHigh: height > (rows * 2) / 3 };
    }, LOOK)
    .toEqual({ isThere: true, isWide: false, isHigh: false });
}
