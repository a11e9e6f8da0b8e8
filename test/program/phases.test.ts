import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KORIFI } from '../../src/foundation/kinds/common.ts';
import { columnsOf } from '../../src/progress/text.ts';
import { LEASE, LEASES } from '../../src/restore/run-lease.ts';
import type { Call } from '../../src/sandbox/apiserver/call.ts';
import {
  conflicting,
  type Effect,
  everything,
  ignored,
  missing,
  unanswered,
  withoutConditions,
  withoutGroup,
} from '../faults/apiserver.ts';
import { LAYERED, writtenSince } from '../support/embedded.ts';
import { expectPresentable } from '../support/failure.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { runProgram } from '../support/program.ts';
import { framed, SIZES, still } from '../support/screens.ts';
import { ShellInTerminal } from '../support/shell.ts';

let pair: Pair;
let shell: ShellInTerminal;
/** The terminal as the shell has it. */
let modes: string;

/** The target's revision when nothing had been written to it. */
let untouched: number;
let recipient: string;

async function begun(): Promise<void> {
  pair = await startPair({ source: { name: 'source', landscape: LAYERED } });
  untouched = pair.target.server.storage.revision;
}
beforeAll(async () => {
  recipient = await identityToRecipient(await generateX25519Identity());
  await begun();
}, 60_000);
afterAll(() => pair?.stop());
beforeEach(async () => {
  shell = await ShellInTerminal.open();
  modes = await shell.modes();
});
afterEach(async () => {
  shell.close();
  pair.source.faults.clear();
  pair.target.faults.clear();
  const { cluster } = pair.target;
  if ((await cluster.get(LEASES, LEASE.namespace, LEASE.name)) !== undefined) {
    await cluster.delete(LEASES, LEASE.namespace, LEASE.name);
  }
});

const CTRL_C = '\u0003';
const CTRL_Z = '\u001a';
const LOOK = { timeout: 20_000, interval: 50 };
/** More calls than anybody makes. */
const FOR_EVER = 10_000;
/** Of any view. */
const WIDEST = 120;
const SPINNER = /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/;

const gets = (path: RegExp) => (call: Call) => call.method === 'GET' && path.test(call.path);
const changes = (path: RegExp) => (call: Call) => call.method !== 'GET' && path.test(call.path);

/** Something never answers: an API server from a certain call on, a registry to certain requests, a slow file. */
const hold = {
  source: (concerns: (call: Call) => boolean) => pair.source.faults.api.add(concerns, unanswered, FOR_EVER),
  target: (concerns: (call: Call) => boolean) => pair.target.faults.api.add(concerns, unanswered, FOR_EVER),
  sourceRegistry: (on: RegExp) => pair.source.faults.registry({ kind: 'silent', on }),
  targetRegistry: (on: RegExp) => pair.target.faults.registry({ kind: 'silent', on }),
  unready: (path: RegExp) => pair.target.faults.api.add(gets(path), withoutConditions, FOR_EVER),
  conflict: (path: RegExp) => pair.target.faults.api.add(changes(path), conflicting, FOR_EVER),
  watches: () => pair.source.faults.api.add(({ query }) => query.has('watch'), endless, FOR_EVER),
  absent: (path: RegExp) => pair.target.faults.api.add(gets(path), missing, FOR_EVER),
};
const meddling = `NODE_OPTIONS='--import=${join(import.meta.dirname, '../support/meddle.js')}'`;
/** From such a read on, an archive takes half a minute. */
const slowly = (from = 0) => `SLOW_READ_FROM=${from} SLOW_READ_MS=200 SLOW_READ_BYTES=409600`;
/** What is read past the cache is read in whole pages. */
const SLOWLY_DIRECT = 'SLOW_READ_MS=2000';

interface Phase {
  readonly args: () => readonly string[] | Promise<readonly string[]>;
  /** Makes it last. */
  readonly held?: () => unknown;
  readonly env?: string;
  /** How it is known, whatever the size of the screen. */
  readonly shows: RegExp;
  /** How one goes on later. */
  readonly tells: RegExp;
  /** Of what comes to stand still, so that its view is the same in every run: how that is known. */
  readonly steady?: RegExp;
  /** It ends by itself within a tenth of a second in which nothing comes, as when it is stopped or the machine is busy. */
  readonly isDelicate?: boolean;
}

const AGAIN = /run it\s+again/;
const RESUME = /go on\s+with:\s+kubectl\s+asa-backup/;
const now = (phase: string, also = '') => new RegExp(`[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] ${phase}${also && `[\\s\\S]*${also}`}`);

let made = 0;
/** An export to a file that is not there yet. */
const exporting =
  (...more: string[]) =>
  () => ['export', pair.file(`made-${made++}.tar`), ...pair.exporting, ...more];
const restoring = () => pair.restoring('--yes');
const onArchive =
  (...words: string[]) =>
  () =>
    words.map(word => (word === 'ARCHIVE' ? pair.archive : word));
const copying =
  (command: string, ...more: string[]) =>
  () => [...[command, pair.archive, ...more], ...['--output', pair.file(`${command}.tar`)]];

/** What a command reads that has to be made first, once for a pair. */
async function having(name: string, ...command: readonly string[]): Promise<string> {
  const file = pair.file(name);
  if (!existsSync(file)) expect(await runProgram(command)).toMatchObject({ code: 0 });
  return file;
}

/** A run of another machine that was killed long ago holds the foundation, and whoever takes it is told to look again. */
async function leaveLease(): Promise<void> {
  const spec = {
    holderIdentity: 'alice@elsewhere/4711/another-machine/12345678',
    leaseDurationSeconds: 30,
    acquireTime: '2026-01-01T00:00:00.000000Z',
    renewTime: '2026-01-01T00:00:00.000000Z',
  };
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: LEASE, spec };
  await pair.target.cluster.create(LEASES, lease);
  hold.conflict(/\/leases\/asa-backup$/);
}

/** What the server has to tell of changes never comes to an end. */
const endless: Effect = async () => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: '',
  stream: async (write, closed) => {
    for (; !closed.aborted; await sleep(30)) write('\n');
  },
});

const splitting = (name: string) => ['split', pair.archive, pair.file(name), '--volume-size', '64KiB'];

/** What else ends a run; SIGUSR2 is a crash here. */
const ENDINGS = ['SIGTERM', 'SIGHUP', 'SIGUSR2'] as const;
const isThorough = process.env.ASA_BACKUP_TEST_PHASES === 'all';

const PHASES: Readonly<Record<string, Phase>> = {
  'export: connect': {
    args: exporting(),
    held: () => hold.source(everything),
    shows: now('(connect|list)'),
    tells: AGAIN,
  },
  'export: list': {
    args: exporting(),
    held: () => hold.source(gets(/\/cfapps$/)),
    shows: now('list', ' objects? of'),
    tells: AGAIN,
  },
  'export: plan': {
    args: exporting(),
    held: () => hold.sourceRegistry(/ .*manifests/),
    shows: now('plan'),
    tells: AGAIN,
    steady: /q stop/,
  },
  'export: write': {
    args: () => ['export', pair.file('write.tar'), ...pair.exporting],
    // A third of each droplet comes, and no more.
    held: () =>
      pair.source.faults.registry({
        kind: 'drip',
        bytes: 100_000,
        delayMs: 600_000,
        on: /^GET .*droplets\/blobs/,
      }),
    shows: now('write', '\\d+ %'),
    tells: RESUME,
    steady: /no byte for/,
  },
  'export: the watch for drift': {
    args: exporting(),
    held: () => hold.watches(),
    shows: now('write', '\\d+ %'),
    tells: RESUME,
    isDelicate: true,
  },
  'export: read back': {
    args: exporting('--verify'),
    env: SLOWLY_DIRECT,
    shows: now('verify'),
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
    steady: /q stop/,
  },
  'restore: a Lease left behind': {
    args: restoring,
    held: leaveLease,
    shows: /… [\s\S]*Lease/,
    tells: AGAIN,
    steady: /q stop/,
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
    steady: / 0 B\/s$/m,
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
    steady: /q stop/,
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
    env: slowly(),
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
    env: slowly(6),
    shows: now('(connect|read|check|images|resources)'),
    tells: AGAIN,
  },
  split: {
    args: () => splitting('cut.tar'),
    env: slowly(7),
    shows: now('write'),
    tells: AGAIN,
  },
  join: {
    args: async () => {
      const first = await having('parts.001.tar', ...splitting('parts.tar'));
      return ['join', first, '--output', pair.file('joined.tar'), '--overwrite'];
    },
    // The fronts of all parts are read first.
    env: slowly(100),
    shows: now('write'),
    tells: AGAIN,
  },
  merge: {
    args: async () => {
      const file = pair.file('differential.tar');
      const base = ['--base', pair.archive];
      await having('differential.tar', 'export', file, ...pair.exporting, ...base);
      return ['merge', file, pair.archive, '--output', pair.file('merged.tar')];
    },
    env: slowly(),
    shows: now('write'),
    tells: AGAIN,
  },
  rekey: {
    args: () => copying('rekey', '--recipient', recipient)(),
    env: slowly(),
    shows: now('write'),
    tells: AGAIN,
  },
  redact: {
    args: copying('redact'),
    env: slowly(),
    shows: now('write'),
    tells: AGAIN,
  },
  repair: {
    args: copying('repair'),
    env: slowly(),
    shows: now('(verify|write)'),
    tells: AGAIN,
  },
};

async function begin(name: string): Promise<Phase> {
  const phase = PHASES[name] as Phase;
  // Nothing that needs a droplet is made, so that every phase finds something to do.
  hold.targetRegistry(/^(PATCH|PUT) .*droplets/);
  await phase.held?.();
  shell.start(await phase.args(), { env: `${meddling} ${phase.env ?? ''}` });
  await shell.until(phase.shows);
  await shell.until(/q stop/);
  return phase;
}

async function stopAndGoOn({ shows }: Phase): Promise<void> {
  shell.type(CTRL_Z);
  await shell.until(/Stopped[\s\S]*ready> $/);
  expect([shell.isCursorShown, await shell.modes()]).toEqual([true, modes]);
  shell.type('clear; fg\r');
  await shell.until(shows);
}

const isAsItWas = async () => {
  expect([shell.isCursorShown, shell.isOnMainScreen]).toEqual([true, true]);
  shell.resize(80, 24);
  expect(await shell.modes()).toBe(modes);
};

describe('in every phase', { timeout: 120_000 }, () => {
  const all = Object.keys(PHASES).filter(name => isThorough || !PHASES[name]?.isDelicate);
  it.each(all)('%s: it fits every size, Ctrl-Z is Ctrl-Z, one Ctrl-C asks, and another stops', async name => {
    const phase = await begin(name);
    const screens: string[] = [];
    if (phase.steady !== undefined) await shell.untilScreen(phase.steady);
    for (const [columns, rows] of SIZES) {
      shell.resize(columns, rows);
      screens.push(`${columns} × ${rows}\n\n${await fitting(columns, rows, phase.shows)}\n`);
    }
    const file = `screens/live-${name.replace(/[: ]+/g, '-')}.txt`;
    if (phase.steady !== undefined) await expect(screens.join('\n')).toMatchFileSnapshot(file);
    if (!phase.isDelicate) await stopAndGoOn(phase);
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
  });

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
    if (writtenSince(pair.target, untouched).length === 0) return;
    await pair.stop();
    await begun();
  }, 60_000);

  // Each of them takes a second; all of them take minutes.
  const others = ENDINGS.flatMap((ending, at) => {
    const names = Object.keys(PHASES).filter(name => !name.startsWith('undo') && !PHASES[name]?.isDelicate);
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

/** The view comes to fit the new size: it is as wide as that lets it be, and takes two thirds of the height at most. */
async function fitting(columns: number, rows: number, shows: RegExp): Promise<string> {
  let view: string[] = [];
  let before = '';
  const width = Math.min(columns - 1, WIDEST);
  await expect
    .poll(() => {
      before = view.map(calm).join('\n');
      const lines = shell.screen;
      const top = lines.findLastIndex(line => /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] /.test(line));
      view = lines.slice(top, lines.findLastIndex(line => line !== '') + 1);
      const text = view.join('\n');
      return {
        isThere: shows.test(text) && /q stop/.test(text),
        isStill: before === view.map(calm).join('\n'),
        width: view[0]?.length,
        isHigh: view.length > (rows * 2) / 3,
      };
    }, LOOK)
    .toEqual({ isThere: true, isStill: true, width, isHigh: false });
  expect(view.filter(line => columnsOf(line) > width)).toEqual([]);
  return framed(still(view.map(calm).join('\n')).split('\n'), columns);
}

/** A line without what turns and runs on, and without how many transfers a run has found to be best. */
function calm(line: string): string {
  const time = / *(?:\d+ [hm] \d\d [ms]|\d+ s)$/;
  return line
    .replace(SPINNER, '⠋')
    .replace(time, text => '0 s'.padStart(text.length))
    .replace(/(?<=no byte for )\d+ s/, '10 s')
    .replace(/(?<=\+\/- )\d+ transfers/, '8 transfers');
}
