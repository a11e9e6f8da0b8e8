import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { KORIFI } from '../../src/foundation/kinds/common.ts';
import { LEASE, LEASES } from '../../src/restore/run-lease.ts';
import { everything, ignored, withoutGroup } from '../faults/apiserver.ts';
import { runProgram } from '../support/program.ts';
import { changes, FOR_EVER, gets, hold, pair, recipient } from './phases-setting.ts';

export const meddling = `NODE_OPTIONS='--import=${join(import.meta.dirname, '../support/meddle.js')}'`;

/** From such a read on, an archive takes half a minute. */
const slowly = (from = 0) => `SLOW_READ_FROM=${from} SLOW_READ_MS=200 SLOW_READ_BYTES=409600`;

/** What is read past the cache is read in whole pages. */
const SLOWLY_DIRECT = 'SLOW_READ_MS=2000';

export interface Phase {
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

const splitting = (name: string) => ['split', pair.archive, pair.file(name), '--volume-size', '64KiB'];

export const PHASES: Readonly<Record<string, Phase>> = {
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
