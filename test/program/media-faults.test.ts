import { execFileSync } from 'node:child_process';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Stage, startStage, TINY } from '../support/embedded.ts';
import { failureOf } from '../support/failure.ts';
import { outcomeOf, runProgram, startProgram } from '../support/program.ts';

const canMount = process.platform === 'linux' && process.getuid?.() === 0;

let source: Stage;
let medium: string;
let on: string[];

beforeAll(async () => {
  source = await startStage({ name: 'source', landscape: TINY });
  on = ['--kubeconfig', source.kubeconfigFile];
}, 60_000);
afterAll(() => source?.stop());

/** An export that something happens to once it writes. */
async function disturbed(file: string, happens: () => void | Promise<void>, ...more: string[]) {
  source.faults.registry({ kind: 'drip', bytes: 2_000, delayMs: 40, on: /^GET .*\/blobs/ });
  const args = ['export', file, ...on, '--plaintext-secrets', '--progress', 'json', ...more];
  const child = startProgram(args);
  let hasHappened = false;
  child.stderr?.on('data', chunk => {
    if (hasHappened || !String(chunk).includes('"blob-started"')) return;
    hasHappened = true;
    void happens();
  });
  const outcome = await outcomeOf(child);
  source.faults.clear();
  return failureOf(outcome);
}

describe.runIf(canMount)('a medium', { timeout: 60_000 }, () => {
  beforeEach(async () => {
    medium = join(source.directory, 'medium');
    await mkdir(medium, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'none', medium]);
  });
  afterEach(() => {
    try {
      execFileSync('umount', [medium], { stdio: 'ignore' });
    } catch {
      // The test took it away itself.
    }
  });

  it.each([[[]], [['--volume-size', '96KiB']]])(
    'that somebody else fills up meanwhile ends the export; with room again it goes on (%j)',
    async more => {
      const file = join(medium, 'backup.tar');
      const filler = join(medium, 'filler');
      const fill = () => writeFile(filler, Buffer.alloc(400_000)).catch(() => undefined);
      const { code, says } = await disturbed(file, fill, ...more);
      expect({ code, error: says[0], hint: says.at(-1) }).toEqual({
        code: 1,
        error: expect.stringMatching(/: there is no space left/),
        hint: expect.stringMatching(/^hint: what was written is kept; go on with: .* --resume /),
      });
      await rm(filler);
      expect((await runProgram(['export', file, '--resume', ...on])).code).toBe(0);
      expect((await runProgram(['verify', more.length === 0 ? file : medium])).code).toBe(0);
    },
  );

  it('that is pulled out is told as such, and nothing is called done', async () => {
    const file = join(medium, 'backup.tar');
    const { code, says } = await disturbed(file, () => {
      execFileSync('umount', ['-l', medium]);
    });
    expect({ code, error: says[0] }).toEqual({
      code: 1,
      error: `error: ${file}: what was written is not there any more: its medium is gone, or the file was removed`,
    });
    expect(await readdir(medium)).toEqual([]);
  });

  it('that cannot be written to is told before anything is asked of the cluster', async () => {
    execFileSync('mount', ['-o', 'remount,ro', medium]);
    const { code, says } = failureOf(
      await runProgram(['export', join(medium, 'backup.tar'), ...on, '--plaintext-secrets']),
    );
    expect({ code, error: says[0], hint: says.at(-1) }).toEqual({
      code: 1,
      error: expect.stringMatching(/: the file system is read-only$/),
      hint: 'hint: choose a place that can be written',
    });
  });
});
