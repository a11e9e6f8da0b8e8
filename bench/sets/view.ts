import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { ReportDocument } from '../../src/progress/reports/document.ts';
import { largeArchive } from '../../test/support/large-archive.ts';
import { ProgramInTerminal } from '../../test/support/terminal.ts';
import { median, type Row } from '../compare.ts';
import { nameImages, startFoundation } from '../foundation.ts';
import { pushImages } from '../images.ts';
import { type Command, measure } from '../measure.ts';
import { startBenchRegistry } from '../registries.ts';
import { ours, type Setting } from '../setting.ts';

const MiB = 1024 ** 2;
const TERMINAL = { columns: 120, rows: 40 };

/** What it costs to be watched: the live view on against off, and how long somebody waits for a large wizard. */
export async function view(setting: Setting): Promise<Row[]> {
  return [...(await eventLoad(setting)), ...(await throughput(setting)), ...(await wizard(setting))];
}

/** Bundled as the program is, as far as it matters here. */
const AS_THE_PROGRAM = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  minify: true,
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"production"' },
  banner: {
    js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);",
  },
  alias: { 'react-devtools-core': './scripts/empty.js' },
} as const;

/** A command whose standard streams are a terminal. */
function inTerminal({ program, args }: Command): Command {
  const line = [program, ...args].map(word => `'${word}'`).join(' ');
  return { program: 'script', args: ['-qec', `stty cols 120 rows 40; ${line}`, '/dev/null'] };
}

/** Processor seconds of the same 50,000 events a second with the view and without, as a share of one processor. */
async function eventLoad({ quick, directory, say }: Setting): Promise<Row[]> {
  const seconds = quick ? 3 : 20;
  const outfile = join(directory, 'view-load.mjs');
  await build({ ...AS_THE_PROGRAM, entryPoints: ['bench/view-load.ts'], outfile });
  say('50,000 events a second');
  const spent = async (mode: 'view' | 'none') => {
    const told = join(directory, 'spent');
    const args = [outfile, mode, String(seconds), told];
    await measure([inTerminal({ program: process.execPath, args })]);
    return Number(readFileSync(told, 'utf8'));
  };
  const pairs: { on: number; off: number }[] = [];
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    pairs.push({ on: await spent('view'), off: await spent('none') });
  }
  const cost = (pick: (pair: (typeof pairs)[0]) => number) => ({
    seconds: median(pairs.map(pick)),
    peakBytes: 0,
  });
  return [
    {
      set: `view, 50,000 events/s for ${seconds} s: processor time, share of one`,
      ours: cost(({ on }) => on),
      peer: { name: 'no view', ...cost(({ off }) => off) },
      ratio: median(pairs.map(({ on, off }) => (on - off) / seconds)),
      goal: { ratio: 0.05 },
    },
  ];
}

/** Without a view there are two, which differ by chance alone: no figure is better than that. */
const RUNS = [{ progress: 'ink' }, { progress: 'none' }, { progress: 'none' }] as const;
const ROUNDS = 18;

/** A real export, watched and not. */
async function throughput({ quick, directory, cleanUp, say }: Setting): Promise<Row[]> {
  const registry = await startBenchRegistry('loopback', join(directory, 'source'));
  cleanUp(() => registry.stop());
  const source = await startFoundation();
  cleanUp(() => source.stop());
  const set = { images: 1, layers: 16, layerBytes: (quick ? 16 : 64) * MiB };
  say(`making 16 layers of ${set.layerBytes / MiB} MiB`);
  await nameImages(source, registry.host, await pushImages(registry.origin.url, 'bench/images', set));
  const file = join(directory, 'watched.tar');
  const report = join(directory, 'watched.json');
  /** Seconds in which the layers passed. What it takes to load the view is at the start, and not part of it. */
  const transfer = async (progress: string): Promise<number> => {
    rmSync(file, { force: true });
    const flags = ['--kubeconfig', source.testbed.kubeconfig, '--plaintext-secrets', '--progress', progress];
    await measure([inTerminal(ours(['export', file, ...flags, '--report', report]))]);
    const { record } = JSON.parse(readFileSync(report, 'utf8')) as ReportDocument;
    return record.phases.find(({ phase }) => phase === 'write')?.seconds ?? Number.NaN;
  };
  // The first run after another kind of work is the slowest, whoever has it.
  await transfer('none');
  const runs = RUNS.map(({ progress }) => ({ progress, seconds: [] as number[] }));
  for (let round = 0; round < (quick ? 3 : ROUNDS); round++) {
    // Each is the first, the second and the third as often as the others.
    const inTurn = runs.map((_, nth) => runs[(nth + round) % runs.length]);
    for (const run of inTurn) run?.seconds.push(await transfer(run.progress));
  }
  const [view = 0, none = 0, again = 0] = runs.map(({ seconds }) => median(seconds));
  const row = (name: string, ours: number, peer: number): Row => ({
    set: `layers of an export, 16 × ${set.layerBytes / MiB} MiB, ${name}`,
    ours: { seconds: ours, peakBytes: 0 },
    peer: { name: 'no view', seconds: peer, peakBytes: 0 },
    ratio: ours / peer,
  });
  return [
    { ...row('with the view', view, (none + again) / 2), goal: { ratio: 1.03 } },
    row('without, twice: what chance makes of it', none, again),
  ];
}

/** 200 orgs and 5,000 apps: until the tree is there, and until it has moved. */
async function wizard({ quick, directory, say }: Setting): Promise<Row[]> {
  const archive = join(directory, 'large.tar');
  writeFileSync(archive, await largeArchive());
  say('200 orgs and 5,000 apps');
  const times: { begin: number; open: number; keys: number[] }[] = [];
  for (let round = 0; round < (quick ? 1 : 5); round++) times.push(await walk(archive));
  const row = (set: string, seconds: number, goal: number): Row => ({
    set: `wizard, 200 orgs and 5,000 apps: ${set}`,
    ours: { seconds, peakBytes: 0 },
    goal: { seconds: goal },
  });
  return [
    row('from its start to its first screen', median(times.map(({ begin }) => begin)), 1),
    row('from there to the tree', median(times.map(({ open }) => open)), 1),
    row('one key, the slowest', Math.max(...times.flatMap(({ keys }) => keys)), 0.1),
  ];
}

async function walk(archive: string) {
  const started = performance.now();
  const terminal = new ProgramInTerminal(['restore', archive], TERMINAL);
  await terminal.untilScreen(/What is in the archive[\s\S]*15,400 objects/);
  const begin = (performance.now() - started) / 1000;
  const timed = async (keys: string, shows: RegExp) => {
    const start = performance.now();
    terminal.type(keys);
    await terminal.untilScreen(shows);
    return (performance.now() - start) / 1000;
  };
  const open = await timed('\r', /everything +15,400 objects[\s\S]*chosen: 15,400 objects/);
  const keys = [
    await timed('\u001b[F', /› .*org-199/),
    await timed('\u001b[H', /›.*everything/),
    ...(await scrolled(timed)),
    await timed('app-142-17', /› .*app-142-17/),
    await timed(' ', /› .*\[ \] app-142-17[\s\S]*chosen: 15,\d{3}/),
    await timed('\u001b', /org-142 org[\s\S]*space-142 space/),
  ];
  terminal.type('\u0003');
  await terminal.ended;
  return { begin, open, keys };
}

/** One line down after the other. */
async function scrolled(timed: (keys: string, shows: RegExp) => Promise<number>): Promise<number[]> {
  const times: number[] = [];
  for (let line = 0; line < 50; line++) {
    const org = `org-${String(line).padStart(3, '0')}`;
    times.push(await timed('\u001b[B', new RegExp(`›.*${org}`)));
  }
  return times;
}
