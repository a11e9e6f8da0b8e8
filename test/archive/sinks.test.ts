import { mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FileSink, openFileSink } from '../../src/archive/file-sink.ts';
import { ioFailure } from '../../src/archive/io-failure.ts';
import { StreamSink } from '../../src/archive/stream-sink.ts';
import { syncFolder } from '../../src/archive/sync-folder.ts';
import { SyncedFile } from '../../src/archive/synced-file.ts';
import { archiveOf, sampleBackup, writeTo } from './fixtures.ts';

let root: string;
let folder: string;
let path: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'asa-sinks-'));
});
afterAll(() => rm(root, { recursive: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(root, 'case-'));
  path = join(folder, 'backup.tar');
});

describe('a file', () => {
  it('has its name only when it is whole, and is for its owner alone', async () => {
    const sink = await openFileSink(path);
    await writeTo(sink, await sampleBackup());
    expect(await readdir(folder)).toEqual(['backup.tar.partial']);
    await sink.commit();
    expect(await readdir(folder)).toEqual(['backup.tar']);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await readFile(path)).equals(await archiveOf(await sampleBackup()))).toBe(true);
  });

  it('that is given up leaves nothing', async () => {
    const sink = await openFileSink(path);
    await sink.write([Buffer.from('half')]);
    await sink.abort();
    expect(await readdir(folder)).toEqual([]);
  });

  it('given up after it was committed stays', async () => {
    const sink = await openFileSink(path);
    await sink.commit();
    await sink.abort();
    expect(await readdir(folder)).toEqual(['backup.tar']);
  });

  it('that exists is refused, unless it may be replaced', async () => {
    await writeFile(path, 'precious');
    await expect(openFileSink(path)).rejects.toMatchObject({
      code: 'refused',
      message: 'the file exists already',
    });
    const sink = await openFileSink(path, { overwrite: true });
    await sink.write([Buffer.from('new')]);
    expect(await readFile(path, 'utf8')).toBe('precious');
    await sink.commit();
    expect(await readFile(path, 'utf8')).toBe('new');
  });

  it('that came up meanwhile is not replaced', async () => {
    const sink = await openFileSink(path);
    await writeFile(path, 'precious');
    await expect(sink.commit()).rejects.toMatchObject({ code: 'refused' });
    await sink.abort();
    expect(await readFile(path, 'utf8')).toBe('precious');
    expect(await readdir(folder)).toEqual(['backup.tar']);
  });

  it('takes the place of a partial one of before, and says so', async () => {
    await writeFile(`${path}.partial`, 'much longer than what comes now');
    const sink = await openFileSink(path);
    expect(sink.replacedPartial).toBe(true);
    await sink.write([Buffer.from('new')]);
    await sink.commit();
    expect(await readFile(path, 'utf8')).toBe('new');
  });

  it('of two runs at once belongs to the later, and the earlier does not take it away', async () => {
    const earlier = await openFileSink(path);
    const later = await openFileSink(path);
    await later.write([Buffer.from('later')]);
    await expect(earlier.commit()).rejects.toMatchObject({ code: 'locked' });
    await earlier.abort();
    await later.commit();
    expect(await readFile(path, 'utf8')).toBe('later');
  });

  it('is refused before it is begun when there is no room for it', async () => {
    const sink = await openFileSink(path);
    await expect(sink.expect(2 ** 52)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/^the archive takes 4503599627370496 bytes, and \d+ are free$/),
    });
    await sink.abort();
  });

  it('is told when it cannot be made there', async () => {
    await expect(openFileSink(join(folder, 'none', 'backup.tar'))).rejects.toMatchObject({
      code: 'io-error',
      message: 'no such file or folder',
    });
    await expect(openFileSink(folder)).rejects.toMatchObject({ code: 'refused', message: 'it is a folder' });
    await expect(openFileSink('/dev/null')).rejects.toMatchObject({
      code: 'refused',
      message: 'it is no regular file',
    });
  });
});

describe('a full disk', () => {
  it.runIf(process.platform === 'linux')('is told with how much was needed', async () => {
    const handle = await open('/dev/full', 'w');
    const sink = new FileSink(path, new SyncedFile(handle), await handle.stat({ bigint: true }), {}, false);
    await sink.expect(4096);
    await expect(sink.write([Buffer.alloc(512)])).rejects.toMatchObject({
      code: 'no-space',
      exit: 1,
      message: 'there is no space left after 0 of 4096 bytes',
      subject: path,
    });
    await sink.abort();
  });
});

describe('an error of the file system', () => {
  it.each([
    ['EACCES', 'io-error', 'permission denied'],
    ['EROFS', 'io-error', 'the file system is read-only'],
    ['EDQUOT', 'no-space', 'the quota is used up'],
    ['EFBIG', 'no-space', 'the file system takes no file of this size'],
    ['EWHATEVER', 'io-error', 'EWHATEVER: odd'],
  ])('%s is told in words', (code, failure, message) => {
    const error = Object.assign(new Error(`${code}: odd`), { code });
    expect(ioFailure(error, 'backup.tar')).toMatchObject({ code: failure, message, subject: 'backup.tar' });
  });
});

describe('standard output', () => {
  it('takes an archive at the pace of its reader', async () => {
    const pipe = new PassThrough({ highWaterMark: 1 });
    const written = writeTo(new StreamSink(pipe), await sampleBackup()).then(() => pipe.end());
    const chunks: Buffer[] = [];
    for await (const chunk of pipe) chunks.push(chunk);
    await written;
    expect(Buffer.concat(chunks).equals(await archiveOf(await sampleBackup()))).toBe(true);
  });

  it('is told when its reader is gone', async () => {
    const gone = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
    });
    await expect(writeTo(new StreamSink(gone), await sampleBackup())).rejects.toMatchObject({
      code: 'io-error',
      subject: 'standard output',
      message: 'whoever was to read the archive is gone',
    });
  });

  it('that is a terminal is refused', () => {
    const terminal = Object.assign(new PassThrough(), { isTTY: true });
    expect(() => new StreamSink(terminal)).toThrow(expect.objectContaining({ code: 'usage', exit: 2 }));
  });
});

describe('a medium that fails', () => {
  /** A file whose medium takes so many writes, and then no more. */
  async function failing(code: string, ...calls: readonly string[]): Promise<FileSink> {
    const handle = await open(`${path}.partial`, 'w');
    const fail = async () => {
      throw Object.assign(new Error(`${code}: odd`), { code });
    };
    const proxy = new Proxy(handle, {
      get: (target, name) => {
        if (calls.includes(String(name))) return fail;
        const value = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    return new FileSink(path, new SyncedFile(proxy), await handle.stat({ bigint: true }), {}, false);
  }

  async function writeAll(sink: FileSink): Promise<void> {
    for (let at = 0; at < 80; at++) await sink.write([Buffer.alloc(2 ** 20)]);
    await sink.commit();
  }

  it.each([
    ['writev', 'EIO', 'the medium does not answer'],
    ['writev', 'EROFS', 'the file system is read-only'],
    ['writev', 'EFBIG', 'the file system takes no file of this size'],
    ['sync', 'EIO', 'the medium does not answer'],
    // A sync on the way is told of by whatever comes next.
    ['datasync', 'EIO', 'the medium does not answer'],
  ] as const)('in %s with %s never leaves an archive behind', async (call, code, message) => {
    const sink = await failing(code, call);
    await expect(writeAll(sink)).rejects.toMatchObject({
      message: expect.stringContaining(message),
      subject: path,
    });
    await sink.abort(true);
    expect(await readdir(folder)).toEqual(['backup.tar.partial']);
    expect(sink.left).toBe('synced');
    // A resume reads what the system has in memory: what it could not sync must not be in there.
    const { size } = await stat(`${path}.partial`);
    expect(size).toBe(call === 'writev' ? 0 : sink.durable);
  });

  it.each(['datasync', 'sync'])('in %s, and cannot be cut back, leaves what is to be doubted', async call => {
    const sink = await failing('EIO', call, 'truncate');
    await expect(writeAll(sink)).rejects.toMatchObject({
      message: expect.stringContaining('the medium does not answer'),
    });
    await sink.abort(true);
    expect(sink.left).toBe('doubtful');
  });

  it('sets the pace: what waits for it is bounded, and progress tells of the medium', async () => {
    const told: number[] = [];
    const sink = await openFileSink(path, { onDurable: bytes => told.push(bytes) });
    for (let at = 1; at <= 300; at++) {
      await sink.write([Buffer.alloc(2 ** 20)]);
      expect(at * 2 ** 20 - (told.at(-1) ?? 0)).toBeLessThanOrEqual(129 * 2 ** 20);
    }
    await sink.commit();
    expect(told.at(-1)).toBe(300 * 2 ** 20);
  });
});

describe('a folder', () => {
  it.runIf(process.platform === 'linux')(
    'on a file system that cannot sync folders is no failure',
    async () => {
      await using folder = await open('/proc');
      await expect(folder.sync()).rejects.toMatchObject({ code: 'EINVAL' });
      await expect(syncFolder('/proc')).resolves.toBeUndefined();
      await expect(syncFolder(join(root, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
    },
  );
});
