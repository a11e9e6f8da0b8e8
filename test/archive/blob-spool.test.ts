import { randomBytes } from 'node:crypto';
import { mkdtemp, open, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BlobSpool, besideSpool } from '../../src/archive/blob-spool.ts';
import { layOut } from '../../src/archive/head.ts';
import { ArchiveWriter } from '../../src/archive/writer.ts';
import { digestOf } from '../../src/base/digest.ts';
import { Failure } from '../../src/base/errors.ts';
import { SPOOL_HELD_BYTES } from '../../src/base/limits.ts';
import { archiveOf, MemorySink, sampleBackup } from './fixtures.ts';

const MiB = 1024 * 1024;

let folder: string;
let spool: BlobSpool;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asa-spool-'));
  spool = new BlobSpool(join(folder, 'backup.tar'));
});

afterEach(async () => {
  await spool.close();
  await rm(folder, { recursive: true });
});

/** Puts more into it than it keeps in memory. */
async function fill(into: BlobSpool): Promise<Buffer[]> {
  const blobs = Array.from({ length: 3 * (SPOOL_HELD_BYTES / MiB) }, () => randomBytes(MiB));
  // What it takes is its own.
  await Promise.all(blobs.map(bytes => into.put(digestOf(bytes), Buffer.from(bytes))));
  return blobs;
}

/** What this process holds outside of the heap, once nothing else is left. */
function buffersHeld(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().arrayBuffers;
}

/** The file has no name, but this process has it open (proc_pid_fd(5)). */
async function spoolFile(): Promise<string | undefined> {
  for (const fd of await readdir('/proc/self/fd')) {
    const to = await readlink(`/proc/self/fd/${fd}`).catch(() => '');
    if (to.startsWith(folder)) return `/proc/self/fd/${fd}`;
  }
  return undefined;
}

describe('blobs that wait for the plan', () => {
  it('come back as they were, as often as wanted, and whatever is not there has no size', async () => {
    const blobs = await fill(spool);
    for (const bytes of [...blobs, ...blobs.reverse()]) {
      expect(spool.sizeOf(digestOf(bytes))).toBe(MiB);
      expect((await spool.read(digestOf(bytes))).equals(bytes)).toBe(true);
    }
    expect(spool.sizeOf(digestOf(Buffer.from('other')))).toBeUndefined();
    await expect(spool.read(digestOf(Buffer.from('other')))).rejects.toThrow(/not kept/);
  });

  it('are not in memory beyond the bound', async () => {
    const before = buffersHeld();
    await fill(spool);
    // What is let go of is swept on another thread.
    await vi.waitFor(() => expect(buffersHeld() - before).toBeLessThan(SPOOL_HELD_BYTES + 2 * MiB), 5_000);
  });

  it('leave nothing beside the archive, not even while they wait', async () => {
    await fill(spool);
    expect(await readdir(folder)).toEqual([]);
  });

  it('stay in memory where no file can be made', async () => {
    const nowhere = new BlobSpool(join(folder, 'gone', 'backup.tar'));
    for (const bytes of await fill(nowhere))
      expect((await nowhere.read(digestOf(bytes))).equals(bytes)).toBe(true);
    const piped = new BlobSpool(undefined);
    for (const bytes of await fill(piped))
      expect((await piped.read(digestOf(bytes))).equals(bytes)).toBe(true);
    expect(await readdir(folder)).toEqual([]);
  });

  it.skipIf(process.platform !== 'linux')(
    'are refused when the medium gives back something else',
    async () => {
      const blobs = await fill(spool);
      const file = await open((await spoolFile()) ?? '', 'r+');
      const { size, mode } = await file.stat();
      expect(mode & 0o777).toBe(0o600);
      await file.write(Buffer.alloc(size), 0, size, 0);
      await file.close();
      await expect(spool.read(digestOf(blobs.at(-1) ?? Buffer.alloc(0)))).rejects.toMatchObject({
        code: 'io-error',
        message: 'what was written is not what comes back',
      });
    },
  );

  it.skipIf(process.platform !== 'linux')(
    'go into memory when the archive does not fit beside them',
    async () => {
      const blobs = await fill(spool);
      const small = new MemorySink();
      const asked: boolean[] = [];
      small.expect = async () => {
        asked.push((await spoolFile()) !== undefined);
        if (asked.at(-1)) throw new Failure('refused', 'too small');
      };
      await besideSpool(small, spool).expect(1, { backup: digestOf(Buffer.alloc(0)), createdAt: '' });
      expect(asked).toEqual([true, false]);
      for (const bytes of blobs) expect((await spool.read(digestOf(bytes))).equals(bytes)).toBe(true);
      small.expect = async () => {
        throw new Failure('refused', 'too small');
      };
      await expect(
        besideSpool(small, spool).expect(1, { backup: digestOf(Buffer.alloc(0)), createdAt: '' }),
      ).rejects.toMatchObject({ message: 'too small' });
    },
  );

  it('make the same archive as blobs in memory', async () => {
    await fill(spool);
    const backup = await sampleBackup();
    const blobs = new Map(backup.blobs);
    for (const { digest } of backup.plan.resources) {
      await spool.put(digest, blobs.get(digest) ?? Buffer.alloc(0));
      blobs.delete(digest);
    }
    const sink = new MemorySink();
    const head = layOut({ plan: backup.plan, blobs, aside: spool });
    const writer = new ArchiveWriter(sink, head);
    await writer.writeHead();
    for (const [index, layer] of backup.layers.entries())
      if (layer.length > 0) await writer.writeLayer(index, layer);
    await writer.seal();
    expect(sink.bytes.equals(await archiveOf(backup))).toBe(true);
  });
});
