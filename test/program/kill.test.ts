import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareFoundations } from '../../src/sandbox/compare.ts';
import { Random } from '../../src/sandbox/landscape/random.ts';
import { writes } from '../faults/apiserver.ts';
import type { Stage } from '../support/embedded.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { outcomeOf, runProgram, startProgram } from '../support/program.ts';
import { everythingOf } from '../support/whole.ts';

/**
 * How often a restore is killed; the long run of it is `ASA_BACKUP_KILLS=100 vitest run test/program/kill.test.ts`.
 * ASA_BACKUP_SEED says which points it is killed at.
 */
const KILLS = Number(process.env.ASA_BACKUP_KILLS ?? 2);
const SEED = process.env.ASA_BACKUP_SEED ?? 'kill';

let pair: Pair;
let source: Stage;
let target: Stage;
let archive: string;
/** Of one restore that nobody disturbs: its writes to the API server, its lines of progress, and what is there then. */
let whole: { writes: number; lines: number; objects: string[] };
let empty: Map<string, string>;

beforeAll(async () => {
  pair = await startPair();
  ({ source, target, archive } = pair);
  empty = await everythingOf(target);
  const run = restoring();
  let lines = 0;
  run.stderr?.on('data', chunk => {
    lines += String(chunk).split('\n').length - 1;
  });
  const { code, stdout } = await outcomeOf(run);
  expect(code).toBe(0);
  await target.settle();
  const calls = target.faults.api.calls.filter(call => !/^GET|dryRun|reviews/.test(call));
  whole = { writes: calls.length, lines, objects: [...(await everythingOf(target)).keys()].sort() };
  await undo(JSON.parse(stdout).journal);
}, 120_000);
afterAll(() => pair?.stop());

const on = () => ['--kubeconfig', target.kubeconfigFile, '--yes', '-o', 'json', '--wait-timeout', '60s'];

function restoring(): ChildProcess {
  const map = `${source.registry.host}/=${target.registry.host}/`;
  return startProgram(['restore', archive, ...on(), '--registry-map', map, '--progress', 'json']);
}

async function undo(journal: string): Promise<void> {
  const { code, stdout, stderr } = await runProgram(['undo', journal, ...on()]);
  expect({ code, losses: JSON.parse(stdout).losses }, stderr).toEqual({ code: 0, losses: [] });
  await target.settle();
  expect(await everythingOf(target)).toEqual(empty);
}

async function lastJournal(): Promise<string> {
  const { journals } = JSON.parse((await runProgram(['journals', '-o', 'json'])).stdout);
  return journals.at(-1).path;
}

/** Kills a restore when it sends its nth write to the API server, before or after the server has done it. */
function killAtWrite(run: ChildProcess, nth: number, after: boolean): void {
  let seen = 0;
  target.faults.api.add(
    call => writes(call) && !/reviews$/.test(call.path) && !call.query.has('dryRun') && ++seen === nth,
    async (call, next) => {
      const answer = after ? await next(call) : undefined;
      run.kill('SIGKILL');
      return answer ?? next(call);
    },
  );
}

/** Kills a restore when it has written so many lines of progress: in the middle of layers, waits, whatever. */
function killAtLine(run: ChildProcess, nth: number): void {
  let seen = 0;
  run.stderr?.on('data', chunk => {
    seen += String(chunk).split('\n').length - 1;
    if (seen >= nth) run.kill('SIGKILL');
  });
}

describe('a restore that is killed', () => {
  const random = new Random(SEED);
  const points = Array.from({ length: KILLS }, (_, index) => ({
    index,
    at: random.below(1000) / 1000,
    next: index % 4 === 3 ? 'taken back' : 'gone on with',
    how: (['before a write', 'after a write', 'at a line'] as const)[index % 3] ?? 'at a line',
  }));

  it.each(points)('$how ($index: $at) is $next', async ({ at, how, next }) => {
    target.faults.clear();
    const before = await lastJournal();
    const run = restoring();
    if (how === 'at a line') killAtLine(run, 1 + Math.floor(at * whole.lines));
    else killAtWrite(run, 1 + Math.floor(at * whole.writes), how === 'after a write');
    await outcomeOf(run);
    target.faults.clear();
    const journal = await lastJournal();
    if (journal === before) {
      // Nothing was written yet but the lease, which nobody is there to give back; the next run takes it.
      const there = await everythingOf(target);
      there.delete('Lease.coordination.k8s.io/kube-system/asa-backup');
      return expect(there).toEqual(empty);
    }
    if (next === 'gone on with') {
      const again = await runProgram(['restore', '--resume', journal, '-o', 'json']);
      const { losses, differs } = JSON.parse(again.stdout || '{}');
      expect({ code: again.code, losses, differs }, again.stderr).toEqual({
        code: 0,
        losses: [],
        differs: [],
      });
      await target.settle();
      expect([...(await everythingOf(target)).keys()].sort()).toEqual(whole.objects);
      expect((await compareFoundations(source, target)).differences).toEqual([]);
    }
    await undo(journal);
    for (const harm of ['staged', 'task-run', 'image-deleted'] as const)
      expect(target.activity.of(harm)).toEqual([]);
  });
});
