import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { documentation } from '../support/markdown.ts';
import { outcomeOf, runProgram, startProgram } from '../support/program.ts';

describe('the demo', () => {
  it('brings a foundation back and ends as the README shows', async () => {
    const readme = documentation().find(({ path }) => path === 'README.md');
    const excerpt = readme?.fences.find(({ note }) => note === 'demo')?.text ?? '';
    const { code, stdout, stderr } = await runProgram(['demo', '--quiet']);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.slice(-excerpt.length)).toBe(excerpt);
  }, 300_000);

  it('that serves says how to reach it, can be used like any foundation, and leaves nothing behind', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'asa-backup-served-'));
    const child = startProgram(['demo', '--serve', '--apps', '1'], { env: { TMPDIR: directory } });
    try {
      const ended = outcomeOf(child);
      let said = '';
      child.stdout?.on('data', chunk => {
        said += chunk;
      });
      await vi.waitUntil(() => said.includes(' go to '), { timeout: 60_000 });
      const [, KUBECONFIG = ''] = /^export KUBECONFIG=(\S+)$/m.exec(said) ?? [];
      expect(KUBECONFIG.split(delimiter).map(path => path.startsWith(directory))).toEqual([true, true]);
      const tried = /kubectl asa-backup (export \S+ .*)/.exec(said)?.[1]?.split(' ') ?? [];
      const archive = join(directory, 'backup.tar');
      const exported = await runProgram([...tried.with(1, archive), '--quiet'], { env: { KUBECONFIG } });
      expect(exported).toMatchObject({ code: 0, stderr: '' });
      const list = (context: string) =>
        runProgram(['list', '--context', context, '-o', 'name'], { env: { KUBECONFIG } });
      const [full, empty] = [await list('source'), await list('target')];
      expect([full.code, full.stdout === '', empty.code, empty.stdout]).toEqual([0, false, 0, '']);
      child.kill('SIGINT');
      expect(await ended).toMatchObject({ code: 0 });
      expect(await readdir(directory)).toEqual(['backup.tar']);
    } finally {
      child.kill('SIGKILL');
      await rm(directory, { recursive: true });
    }
  }, 120_000);

  it('that is ended while it starts leaves nothing behind', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'asa-backup-served-'));
    const child = startProgram(['demo', '--serve', '--apps', '1'], { env: { TMPDIR: directory } });
    const ended = outcomeOf(child);
    await vi.waitUntil(async () => (await readdir(directory)).length > 0, { timeout: 60_000 });
    child.kill('SIGINT');
    expect((await ended).code).toBe(0);
    expect(await readdir(directory)).toEqual([]);
    await rm(directory, { recursive: true });
  }, 120_000);
});
