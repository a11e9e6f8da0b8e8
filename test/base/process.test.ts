import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { isAlive } from '../../src/base/process.ts';

const isLinux = process.platform === 'linux';
const HOUR = 3_600_000;

describe('a process', () => {
  it('is there as long as it runs, and no longer', async () => {
    const child = spawn('sleep', ['60']);
    const pid = child.pid ?? 0;
    expect(isAlive(pid, Date.now())).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isAlive(pid, Date.now())).toBe(false);
  });

  it.runIf(isLinux)('is another one when it has begun since', () => {
    expect([isAlive(process.pid, Date.now()), isAlive(process.pid, Date.now() - HOUR)]).toEqual([
      true,
      false,
    ]);
  });

  it.runIf(isLinux)('is gone when nobody has taken note of its death', async () => {
    // The shell becomes a sleep, which never waits for the child that it has inherited.
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [told] = await once(parent.stdout, 'data');
    const pid = Number(String(told));
    await expect.poll(() => isAlive(pid)).toBe(false);
    expect(process.kill(pid, 0)).toBe(true);
    parent.kill('SIGKILL');
  });
});
