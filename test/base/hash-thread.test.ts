import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/base/digest.ts';
import { HashThread } from '../../src/base/hash-thread.ts';

const SOURCE = fileURLToPath(new URL('../../src/base/hash-thread.ts', import.meta.url));

/** In a program of its own, which ends when nothing keeps it alive any more. */
const CLOSED_LATE = `
const { HashThread } = await import(${JSON.stringify(SOURCE)});
const thread = new HashThread();
await thread.digest();
void thread.update(Buffer.alloc(1 << 20)).catch(() => undefined);
for (let turn = 0; turn < 3; turn++) await Promise.resolve();
// The answer comes while nobody looks, and is there when the thread is ended.
for (const until = performance.now() + 100; performance.now() < until; );
await thread.close();
console.log('closed');
`;

describe('a thread that hashes', () => {
  it('gives one digest after the other', async () => {
    const thread = new HashThread();
    for (const text of ['one', 'two']) {
      await thread.update(Buffer.from(text));
      expect(await thread.digest()).toBe(digestOf(text));
    }
    await thread.close();
  });

  it('can be closed while an answer is due, and the program goes on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'asa-hash-'));
    const program = join(folder, 'program.mjs');
    await writeFile(program, CLOSED_LATE);
    const { stdout } = await promisify(execFile)(process.execPath, [program]);
    await rm(folder, { recursive: true });
    expect(stdout).toBe('closed\n');
  });

  it('tells whoever waits for an answer that it was closed', async () => {
    const thread = new HashThread();
    const digest = thread.digest();
    const refused = expect(digest).rejects.toThrow('the thread that hashes was ended');
    await thread.close();
    await refused;
    await expect(thread.digest()).rejects.toThrow('the thread that hashes was ended');
  });
});
