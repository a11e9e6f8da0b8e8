import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Lock, lockArchive } from '../../src/archive/lock.ts';

let root: string;
let archive: string;
let count = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'asa-lock-'));
});
afterAll(() => rm(root, { recursive: true }));
beforeEach(() => {
  archive = join(root, `${++count}.tar`);
});

const LOCKED = { code: 'locked', exit: 5, subject: expect.stringMatching(/\.tar$/) };

/** A lock as another run has left it. */
async function left(holder: string, secondsAgo = 0): Promise<void> {
  await writeFile(`${archive}.lock`, JSON.stringify({ holder, since: '2026-11-26T20:00:00Z' }));
  const then = new Date(Date.now() - secondsAgo * 1000);
  await utimes(`${archive}.lock`, then, then);
}

/** A process that has held the lock and was killed. */
async function killedHolder(): Promise<void> {
  const script = `import('${new URL('../../src/archive/lock.ts', import.meta.url)}').then(async ({ lockArchive }) => {
    await lockArchive(process.argv[1]);
    console.log('held');
    setInterval(() => {}, 1000);
  })`;
  const child = spawn(process.execPath, ['-e', script, archive], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'close');
}

describe('the lock of an archive', () => {
  it('keeps a second run out, by name, until it is given back', async () => {
    const lock = await lockArchive(archive);
    expect((await stat(`${archive}.lock`)).mode & 0o777).toBe(0o600);
    await expect(lockArchive(archive)).rejects.toMatchObject({
      ...LOCKED,
      message: expect.stringMatching(/^another export is writing it, run by \S+@\S+, since 20\S+Z$/),
    });
    await lock.release();
    expect(await readdir(root)).not.toContain(`${count}.tar.lock`);
    await (await lockArchive(archive)).release();
  });

  it('does not outlive a kill', async () => {
    await killedHolder();
    expect(await readdir(root)).toContain(`${count}.tar.lock`);
    await (await lockArchive(archive)).release();
  });

  it('of a run that was killed goes to one of many that want it at a time', async () => {
    await killedHolder();
    const results = await Promise.allSettled(Array.from({ length: 12 }, () => lockArchive(archive)));
    const got = results.filter(
      (result): result is PromiseFulfilledResult<Lock> => result.status === 'fulfilled',
    );
    expect(got).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject(LOCKED);
    await got[0]?.value.release();
    expect((await readdir(root)).filter(name => name.startsWith(`${count}.`))).toEqual([]);
  });

  it('of another machine counts as long as it shows signs of life', async () => {
    await left('carol@elsewhere/1/abcdef/1', 60);
    await expect(lockArchive(archive)).rejects.toMatchObject({
      ...LOCKED,
      message: 'another export is writing it, run by carol@elsewhere, since 2026-11-26T20:00:00Z',
    });
    await left('carol@elsewhere/1/abcdef/1', 150);
    await (await lockArchive(archive)).release();
  });

  it('that was cut off as it was made is no lock for ever', async () => {
    await writeFile(`${archive}.lock`, '');
    await expect(lockArchive(archive)).rejects.toMatchObject(LOCKED);
    await utimes(`${archive}.lock`, 0, 0);
    await (await lockArchive(archive)).release();
  });

  it('is never a file of somebody with that name', async () => {
    await writeFile(`${archive}.lock`, 'mine');
    await utimes(`${archive}.lock`, 0, 0);
    await expect(lockArchive(archive)).rejects.toMatchObject(LOCKED);
    expect(await readFile(`${archive}.lock`, 'utf8')).toBe('mine');
  });

  it('is not taken from whoever has it by now', async () => {
    const lock = await lockArchive(archive);
    await left('carol@elsewhere/1/abcdef/1');
    await lock.release();
    expect(await readFile(`${archive}.lock`, 'utf8')).toContain('carol');
  });
});
