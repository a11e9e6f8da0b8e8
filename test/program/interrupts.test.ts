import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { everything, slow } from '../faults/apiserver.ts';
import { LAYERED, type Stage, startStage } from '../support/embedded.ts';
import { failureOf } from '../support/failure.ts';
import { outcomeOf, runProgram, startProgram } from '../support/program.ts';

const NOTHING_YET = 'hint: nothing has been written; run it again';
const ANEW = 'hint: nothing is kept of what was done so far; run it again to begin anew';

let source: Stage;
let target: Stage;

beforeAll(async () => {
  [source, target] = await Promise.all([
    startStage({ name: 'source', landscape: LAYERED }),
    startStage({ name: 'target' }),
  ]);
}, 60_000);
afterAll(() => Promise.all([source?.stop(), target?.stop()]));
beforeEach(() => {
  source.faults.clear();
  target.faults.clear();
});

/** Sends the signals once standard error shows what is waited for. */
async function interruptedAt(child: ChildProcess, moment: RegExp, ...signals: NodeJS.Signals[]) {
  const outcome = outcomeOf(child);
  let seen = '';
  child.stderr?.on('data', chunk => {
    const before = moment.test(seen);
    seen += chunk;
    if (!before && moment.test(seen)) for (const signal of signals) child.kill(signal);
  });
  return outcome;
}

describe('an export that is interrupted', () => {
  const exporting = (file = join(source.directory, 'interrupted.tar')) =>
    startProgram([
      'export',
      file,
      '--kubeconfig',
      source.kubeconfigFile,
      '--plaintext-secrets',
      '--progress',
      'json',
    ]);
  const layersTrickle = () =>
    source.faults.registry({ kind: 'drip', bytes: 64, delayMs: 50, on: /^GET .*droplets\/blobs/ });

  it.each([['SIGINT'], ['SIGTERM'], ['SIGHUP']] as const)(
    'by %s while layers pass ends soon, with 130, and keeps what there is to go on from',
    async signal => {
      layersTrickle();
      const before = (await readdir(source.directory)).sort();
      const file = join(source.directory, `${signal}.tar`);
      const { code, says } = failureOf(await interruptedAt(exporting(file), /"blob-started"/, signal));
      const command = `kubectl asa-backup export ${file} --resume --kubeconfig ${source.kubeconfigFile}`;
      expect({ code, says }).toEqual({
        code: 130,
        says: [`error: interrupted by ${signal}`, `hint: what was written is kept; go on with: ${command}`],
      });
      expect((await readdir(source.directory)).sort()).toEqual([...before, `${signal}.tar.partial`].sort());
    },
  );

  it('while the cluster does not answer ends as soon', async () => {
    source.faults.api.add(everything, slow(60_000), 1_000);
    const before = await readdir(source.directory);
    const { code, says } = failureOf(await interruptedAt(exporting(), /"phase":"list"/, 'SIGINT'));
    expect({ code, says }).toEqual({ code: 130, says: ['error: interrupted by SIGINT', NOTHING_YET] });
    expect(await readdir(source.directory)).toEqual(before);
  });

  it('a second time ends at once', async () => {
    layersTrickle();
    const { code, stdout } = await interruptedAt(exporting(), /"blob-started"/, 'SIGINT', 'SIGTERM');
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
  });

  it('on standard output leaves an archive that is known to be incomplete', async () => {
    layersTrickle();
    const { code, stdout } = await interruptedAt(exporting('-'), /"blob-started"/, 'SIGINT');
    expect(code).toBe(130);
    expect(stdout.length).toBeGreaterThan(0);
    expect(stdout).not.toContain('seal.json');
  });
});

describe('a restore that is interrupted', () => {
  it('is gone on with by its journal, with the flags that it had', async () => {
    const archive = join(source.directory, 'whole.tar');
    await runProgram(['export', archive, '--kubeconfig', source.kubeconfigFile, '--plaintext-secrets']);
    const map = `${source.registry.host}/=${target.registry.host}/`;
    const args = ['restore', archive, '--kubeconfig', target.kubeconfigFile, '--registry-map', map, '--yes'];
    const run = startProgram([...args, '--progress', 'json']);
    const { code, says } = failureOf(await interruptedAt(run, /"object-done","kind":"CFSpace"/, 'SIGINT'));
    expect({ code, error: says[0] }).toEqual({ code: 130, error: 'error: interrupted by SIGINT' });
    const [, resume = ''] = /^hint: go on with: kubectl asa-backup (.*)$/.exec(says[1] ?? '') ?? [];
    const again = await runProgram([...resume.split(' '), '-o', 'json', '--wait-timeout', '90s']);
    const { losses, differs, journal } = JSON.parse(again.stdout);
    expect({ code: again.code, losses, differs }).toEqual({ code: 0, losses: [], differs: [] });
    expect(resume).toBe(`restore --resume ${journal}`);
    await target.settle();
    expect(target.activity.of('staged')).toEqual([]);
    expect(target.activity.of('task-run')).toEqual([]);
  }, 120_000);

  it('in several parts is gone on with by its journal alone', async () => {
    const folder = join(source.directory, 'parts');
    await mkdir(folder);
    const from = ['--kubeconfig', source.kubeconfigFile, '--plaintext-secrets', '--volume-size', '96KiB'];
    const exported = await runProgram(['export', join(folder, 'backup.tar'), ...from]);
    expect(exported.code, exported.stderr).toBe(0);
    const parts = (await readdir(folder)).map(name => join(folder, name));
    expect(parts.length).toBeGreaterThan(1);
    const map = `${source.registry.host}/=${target.registry.host}/`;
    const to = ['--kubeconfig', target.kubeconfigFile, '--registry-map', map, '--yes', '--progress', 'json'];
    const run = startProgram(['restore', ...parts, ...to]);
    await interruptedAt(run, /"phase":"images"/, 'SIGKILL');
    const again = await runProgram(['restore', '--resume', '-o', 'json', '--wait-timeout', '90s']);
    const { losses } = JSON.parse(again.stdout || '{}');
    expect({ code: again.code, losses }, again.stderr).toEqual({ code: 0, losses: [] });
  }, 120_000);
});

describe('reading that waits for whoever writes into a pipe ends at the first signal', () => {
  const verifying = (from: string) => startProgram(['verify', from, '--progress', 'json']);
  const fifo = (name: string) => {
    const path = join(source.directory, name);
    execFileSync('bash', ['-c', 'mkfifo "$0"', path]);
    return path;
  };
  const ended = { code: 130, says: ['error: interrupted by SIGTERM', ANEW] };

  it('where nobody has opened a named pipe to write', async () => {
    const outcome = await interruptedAt(verifying(fifo('silent')), /"verify"/, 'SIGTERM');
    expect(failureOf(outcome)).toEqual(ended);
  });

  it('where somebody has, and writes nothing', async () => {
    const path = fifo('slow');
    const writer = spawn('bash', ['-c', 'exec sleep 60 > "$0"', path]);
    const outcome = await interruptedAt(verifying(path), /"verify"/, 'SIGTERM');
    writer.kill();
    expect(failureOf(outcome)).toEqual(ended);
  });

  it('of standard input, before the archive and in the middle of it', async () => {
    expect(failureOf(await interruptedAt(verifying('-'), /"verify"/, 'SIGTERM'))).toEqual(ended);
    const file = join(source.directory, 'piped.tar');
    const made = await runProgram([
      'export',
      file,
      '--kubeconfig',
      source.kubeconfigFile,
      '--plaintext-secrets',
    ]);
    expect(made.code, made.stderr).toBe(0);
    const to = [
      '--kubeconfig',
      target.kubeconfigFile,
      '--registry-map',
      `${source.registry.host}/=${target.registry.host}/`,
    ];
    const restoring = startProgram(['restore', '-', ...to, '--yes', '--progress', 'json']);
    const bytes = await readFile(file);
    restoring.stdin?.on('error', () => undefined);
    restoring.stdin?.write(bytes.subarray(0, -20_000));
    const { code, says } = failureOf(await interruptedAt(restoring, /"images"/, 'SIGTERM'));
    expect({ code, error: says[0] }).toEqual({ code: 130, error: ended.says[0] });
  });
});
