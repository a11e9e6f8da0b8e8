import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ArchiveFrom } from '../../src/archive/feed.ts';
import { openArchive } from '../../src/archive/open-archive.ts';
import type { Seal } from '../../src/archive/seal.ts';
import { inspectArchive } from '../../src/archive/verify.ts';
import { decodeFront, encodeFront, FRONT_BYTES, type Volume } from '../../src/archive/volumes/front.ts';
import { parseVolumeName, volumePath } from '../../src/archive/volumes/names.ts';
import type { AskForPart } from '../../src/archive/volumes/part-finder.ts';
import { dataBytes, parseVolumeSize, volumesOf } from '../../src/archive/volumes/size.ts';
import { openVolumeSink, type VolumeOptions } from '../../src/archive/volumes/volume-sink.ts';
import { digestOf } from '../../src/base/digest.ts';
import { PART_VECTORS } from '../vectors/make-parts.ts';
import { archiveOf, type Backup, onlyLayers, piped, writeTo } from './fixtures.ts';

let root: string;
let folder: string;
let backup: Backup;
let other: Backup;
let archive: Buffer;

/** An archive of some 300 KB over a few incompressible layers, so that it makes five parts of the least size. */
async function withLayers(seed: number): Promise<Backup> {
  const layers = [90_000, 70_001, 100_000].map((size, at) =>
    Buffer.from(Array.from({ length: size }, (_, byte) => (byte * (seed + at) + (byte >> 8)) & 0xff)),
  );
  const backup = await onlyLayers(layers);
  return { ...backup, plan: { ...backup.plan, createdAt: `2026-11-2${seed}T12:00:00Z` } };
}

const SIZE = 64 * 1024;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'asa-volumes-'));
  backup = await withLayers(3);
  other = await withLayers(5);
  archive = await archiveOf(backup);
});
afterAll(() => rm(root, { recursive: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(root, 'case-'));
});

async function cut(what = backup, options: Partial<VolumeOptions> = {}, to = folder): Promise<string[]> {
  const sink = await openVolumeSink(join(to, 'backup.tar'), { volumeBytes: SIZE, ...options });
  await writeTo(sink, what, 5_000);
  await sink.commit();
  return [...sink.parts];
}

async function readAll(
  from: ArchiveFrom,
  askForPart?: AskForPart,
): Promise<{ layers: Buffer[]; seal: Seal }> {
  const reader = await openArchive(from, askForPart === undefined ? {} : { askForPart });
  try {
    const layers: Buffer[] = [];
    for await (const { body } of reader.layers()) layers.push(Buffer.concat(await Array.fromAsync(body)));
    return { layers, seal: await reader.finish() };
  } finally {
    await reader.close();
  }
}

/** Changes one byte of a file. */
async function bend(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 4, at);
  await writeFile(path, bytes);
}

describe('the size of a volume', () => {
  it.each([
    ['4GiB-1', 4 * 1024 ** 3 - 1],
    ['fat32', 4 * 1024 ** 3 - 1],
    ['700MB', 700_000_000],
    ['700MiB', 700 * 1024 ** 2],
    ['123456', 123_456],
    ['DVD', 4_691_984_384],
    ['bluray', 24_203_231_232],
  ])('%s is %i bytes', (text, bytes) => {
    expect(parseVolumeSize(text)).toBe(bytes);
  });

  it.each([
    ['4G', '"4G" is no size of a volume', 'say which unit is meant: 4GB or 4GiB'],
    ['big', '"big" is no size of a volume', expect.stringContaining('4GiB-1')],
    ['-5', '"-5" is no size of a volume', expect.anything()],
    ['1.5GB', '"1.5GB" is no size of a volume', expect.anything()],
    ['1000', 'a volume has at least 65536 bytes, and 1000 is 1000', expect.anything()],
    ['1KiB-2000', 'a volume has at least 65536 bytes, and 1KiB-2000 is -976', expect.anything()],
  ])('%s is refused', (text, message, hint) => {
    expect(() => parseVolumeSize(text)).toThrow(
      expect.objectContaining({ code: 'usage', message, hints: [hint] }),
    );
  });

  it('leaves room for what a part says of itself, and names for 999 parts', () => {
    expect(dataBytes(4 * 1024 ** 3 - 1) % 512).toBe(0);
    expect(volumesOf(300_000, SIZE)).toBe(5);
    expect(() => volumesOf(SIZE * 2000, SIZE)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});

describe('the front of a part', () => {
  const volume: Volume = {
    formatVersion: 1,
    backup: digestOf('backup'),
    createdAt: '2026-11-26T12:00:00.000Z',
    number: 3,
    offset: 2 ** 33,
    size: 4_294_000_000,
    digest: digestOf('data'),
    count: 3,
  };

  it('comes back as it was, and says the same in words', () => {
    const front = encodeFront(volume);
    expect(front.length).toBe(FRONT_BYTES);
    expect(decodeFront(front, 'file')).toEqual(volume);
    expect(front.toString('latin1')).toContain('This is part 3 of 3, the last one, of a backup');
  });

  it('is refused for one bit that is wrong anywhere', () => {
    for (let at = 0; at < FRONT_BYTES; at += 1) {
      const front = encodeFront(volume);
      front.writeUInt8(front.readUInt8(at) ^ (1 << (at % 8)), at);
      expect(() => decodeFront(front, 'file')).toThrow(expect.objectContaining({ exit: 4, subject: 'file' }));
    }
  });

  it('of a later version is told as such', () => {
    const front = encodeFront(volume);
    front.write('{"formatVersion":2', 512);
    expect(() => decodeFront(front, 'file')).toThrow(expect.objectContaining({ code: 'newer-format' }));
  });
});

describe('names of parts', () => {
  it.each(['backup.tar', 'a/b.c/backup.tar', 'backup', '/media/stick/2026.11.tar'])(
    'of %s lead back to it',
    path => {
      expect(parseVolumeName(volumePath(path, 12))).toEqual({ archive: path, number: 12 });
    },
  );
});

describe('an archive in parts', () => {
  it('is in files of at most that size, and nothing is left of their making', async () => {
    const parts = await cut();
    const files = (await readdir(folder)).sort();
    expect(files).toEqual(['001', '002', '003', '004', '005'].map(number => `backup.${number}.tar`));
    expect(parts).toEqual(files.map(file => join(folder, file)));
    for (const part of parts.slice(0, -1)) expect((await readFile(part)).length).toBeLessThanOrEqual(SIZE);
    expect((await readFile(parts[0] ?? '')).length).toBeGreaterThan(SIZE - 512);
  });

  it('is joined by tar and a line of shell, byte for byte', async () => {
    await cut();
    const documented = /^```sh join\n(.*?)^```/ms.exec(await readFile('docs/format.md', 'utf8'))?.[1] ?? '';
    await promisify(execFile)('sh', ['-c', documented], { cwd: folder });
    expect((await readFile(join(folder, 'backup.tar'))).equals(archive)).toBe(true);
  });

  it('is read in any order, from several folders, from a folder, and from one of its parts', async () => {
    const parts = await cut();
    expect((await readAll(parts.toReversed())).layers).toEqual(backup.layers);
    expect((await readAll(folder)).layers).toEqual(backup.layers);
    expect((await readAll(parts[2] ?? '')).layers).toEqual(backup.layers);
    await mkdir(join(folder, 'away'));
    const away = join(folder, 'away', 'backup.004.tar');
    await rename(parts[3] ?? '', away);
    expect((await readAll([parts[0] ?? '', away])).layers).toEqual(backup.layers);
  });

  it('of one part only is read too', async () => {
    const parts = await cut(backup, { volumeBytes: 2 ** 20 });
    expect(parts.length).toBe(1);
    expect((await readAll(parts)).layers).toEqual(backup.layers);
  });

  it('that ends exactly with a part is whole', async () => {
    const parts = await cut(backup, { volumeBytes: FRONT_BYTES + archive.length + 1024 });
    expect(parts.length).toBe(1);
    expect((await readAll(parts)).layers).toEqual(backup.layers);
  });

  it('is inspected without reading what lies between head and seal', async () => {
    const parts = await cut();
    await bend(parts[2] ?? '', 30_000);
    expect(await inspectArchive(folder)).toMatchObject({ layersRead: false });
  });

  it('given up leaves nothing', async () => {
    const sink = await openVolumeSink(join(folder, 'backup.tar'), { volumeBytes: SIZE });
    await writeTo(sink, backup, 5_000);
    await sink.abort();
    expect(await readdir(folder)).toEqual([]);
  });

  it('does not take the place of another, unless it may', async () => {
    await cut(backup);
    await expect(cut(other)).rejects.toMatchObject({
      code: 'refused',
      message: 'a part of that name exists already',
    });
    const parts = await cut(other, { overwrite: true, volumeBytes: 2 * SIZE });
    expect(await readdir(folder)).toHaveLength(parts.length);
    expect((await readAll(folder)).layers).toEqual(other.layers);
  });

  it('leaves what it cannot tell to be a part of the longer one before, and names it with the reason', async () => {
    const before = await cut(backup);
    const [, , , short = '', foreign = ''] = before;
    await writeFile(short, (await readFile(short)).subarray(0, 50_000));
    await writeFile(foreign, 'a letter');
    const sink = await openVolumeSink(join(folder, 'backup.tar'), { volumeBytes: 2 * SIZE, overwrite: true });
    await writeTo(sink, other, 5_000);
    await sink.commit();
    expect(sink.parts).toEqual(before.slice(0, 3));
    expect(sink.notes).toEqual([
      expect.stringMatching(`^${short} is not one of the parts.*: it has 50000 of \\d+ bytes$`),
      `${foreign} is not one of the parts, and must not be joined with them: the beginning of this part is damaged, or it is another file`,
    ]);
    expect(await readFile(foreign, 'utf8')).toBe('a letter');
  });
});

describe('before a byte is read', () => {
  const failing = (from: string | readonly string[]) => openArchive(from).then(reader => reader.close());

  it('a missing part is named', async () => {
    const parts = await cut();
    await rm(parts[1] ?? '');
    await rm(parts[3] ?? '');
    await expect(failing(folder)).rejects.toMatchObject({
      exit: 4,
      code: 'incomplete',
      message: 'the archive is incomplete: parts 2 and 4 of 5 are missing',
    });
  });

  it('a missing last part is named', async () => {
    const parts = await cut();
    await rm(parts[4] ?? '');
    await expect(failing(folder)).rejects.toMatchObject({
      message: 'the archive is incomplete: part 5, and perhaps further ones, is missing',
    });
  });

  it('a stale part of an earlier backup is named, given or found', async () => {
    const parts = await cut();
    await mkdir(join(folder, 'old'));
    const old = await cut(other, {}, join(folder, 'old'));
    await copyFile(old[2] ?? '', parts[2] ?? '');
    await expect(failing(parts)).rejects.toMatchObject({
      exit: 4,
      message: 'it is a part of another backup, made at 2026-11-25T12:00:00Z',
      subject: expect.stringContaining('backup.003.tar'),
    });
    await expect(failing(parts[0] ?? '')).rejects.toMatchObject({
      message: 'the archive is incomplete: part 3 of 5 is missing',
      hints: [
        expect.stringMatching(/backup\.003\.tar is part 3 of another backup, made at 2026-11-25/),
        expect.anything(),
      ],
    });
  });

  it('a doubled part is named', async () => {
    const parts = await cut();
    const copy = join(folder, 'copy.tar');
    await copyFile(parts[1] ?? '', copy);
    await expect(failing([...parts, copy])).rejects.toMatchObject({
      exit: 4,
      message: 'part 2 is there twice',
      subject: `${parts[1]}, ${copy}`,
    });
    expect((await readAll([...parts, ...parts])).layers).toEqual(backup.layers);
  });

  it('a part of the same backup that was cut in another way is named', async () => {
    const parts = await cut();
    await mkdir(join(folder, 'wide'));
    const wide = await cut(backup, { volumeBytes: 2 * SIZE }, join(folder, 'wide'));
    await expect(failing([...parts.slice(0, 4), wide[1] ?? ''])).rejects.toMatchObject({
      exit: 4,
      message: 'it is of the same backup, cut in another way',
      subject: expect.stringContaining('wide'),
    });
  });

  it('a part that was cut short is named', async () => {
    const parts = await cut();
    await writeFile(parts[2] ?? '', (await readFile(parts[2] ?? '')).subarray(0, 50_000));
    await expect(failing(parts)).rejects.toMatchObject({ exit: 4, code: 'incomplete', subject: parts[2] });
  });

  it.each([
    ['whose front is damaged', 600, 'the front of this part is damaged'],
    ['that does not begin as one', 3, 'the beginning of this part is damaged, or it is another file'],
  ])('a part %s is named, given, found beside another, or in a folder', async (_, at, message) => {
    const parts = await cut();
    const [one = '', , three = ''] = parts;
    await bend(three, at);
    const hints = ['copy this part again from where it was made; the others need not be'];
    for (const from of [parts, one, folder, [three, one]]) {
      await expect(failing(from)).rejects.toMatchObject({ exit: 4, message, subject: three, hints });
    }
  });

  it('a part that lies beside another and was cut short is named, and what is missing besides', async () => {
    const parts = await cut();
    await writeFile(parts[2] ?? '', (await readFile(parts[2] ?? '')).subarray(0, 50_000));
    await bend(parts[3] ?? '', 600);
    await rm(parts[1] ?? '');
    await expect(failing(parts[0] ?? '')).rejects.toMatchObject({
      code: 'incomplete',
      message: expect.stringMatching(/^it has 50000 of \d+ bytes$/),
      subject: parts[2],
      hints: [
        expect.stringMatching(/^copy this part again/),
        `${parts[3]} will not do either: the front of this part is damaged`,
        'part 2 of 5 is missing besides',
      ],
    });
  });

  it('other files of a folder are passed over, whatever they are called', async () => {
    await cut();
    await writeFile(join(folder, 'holiday.001.jpg'), 'a picture');
    expect((await readAll(folder)).layers).toEqual(backup.layers);
  });

  it('a part that was not written to its end is named', async () => {
    const sink = await openVolumeSink(join(folder, 'backup.tar'), { volumeBytes: SIZE });
    await writeTo(sink, backup, 5_000);
    await sink.abort(true);
    await expect(failing(join(folder, 'backup.005.tar.partial'))).rejects.toMatchObject({
      code: 'incomplete',
      message: 'this part was not written to its end',
    });
    await expect(failing(folder)).rejects.toMatchObject({ code: 'incomplete' });
  });

  it('a file that is no part is named', async () => {
    const parts = await cut();
    const whole = join(folder, 'whole.tar');
    await writeFile(whole, archive);
    await expect(failing([...parts, whole])).rejects.toMatchObject({ code: 'usage', subject: whole });
    await expect(failing([whole, join(folder, 'none.tar')])).rejects.toMatchObject({ exit: 1 });
  });
});

describe('parts that come through a pipe', () => {
  async function stream(order: (parts: Buffer[]) => Buffer[], pieceBytes?: number) {
    const parts = await Promise.all((await cut()).map(path => readFile(path)));
    return piped(Buffer.concat(order(parts)), pieceBytes);
  }

  it.each([1 << 16, 1000, 100])(
    'one behind the other are the archive, in pieces of %i bytes',
    async bytes => {
      expect((await readAll(await stream(parts => parts, bytes))).layers).toEqual(backup.layers);
    },
  );

  it('are joined by whoever has joined them already', async () => {
    expect((await readAll(piped(archive))).layers).toEqual(backup.layers);
  });

  it.each<[string, (parts: Buffer[]) => Buffer[], string, string]>([
    [
      'out of order',
      ([one, two, three, ...rest]) => [one, three, two, ...rest].flatMap(part => part ?? []),
      'part 3 of the backup made at 2026-11-23T12:00:00Z comes here',
      'standard input, part 2',
    ],
    [
      'without the last',
      parts => parts.slice(0, -1),
      'the archive is incomplete: part 5, and perhaps further ones, is missing',
      'standard input, part 1',
    ],
    [
      'cut short',
      parts => [Buffer.concat(parts).subarray(0, 150_000)],
      'the stream ends in the middle of this part',
      'standard input, part 3',
    ],
    [
      'with something behind them',
      parts => [...parts, Buffer.from('x')],
      'something follows the last part',
      'standard input',
    ],
  ])('%s are refused', async (_, order, message, subject) => {
    await expect(readAll(await stream(order))).rejects.toMatchObject({
      exit: 4,
      message,
      subject: expect.stringContaining(subject),
    });
  });

  it('are named when one is damaged', async () => {
    const bent = (parts: Buffer[]) => {
      const all = Buffer.concat(parts);
      all.writeUInt8(all.readUInt8(SIZE + 30_000) ^ 4, SIZE + 30_000);
      return [all];
    };
    await expect(readAll(await stream(bent))).rejects.toMatchObject({
      exit: 4,
      subject: expect.stringMatching(/^standard input, parts? (1 to )?2: blobs/),
    });
  });
});

describe('a damaged part', () => {
  it('is named for one bit anywhere in it', async () => {
    const parts = await cut();
    const lengths = await Promise.all(parts.map(async part => (await readFile(part)).length));
    for (const [at, part] of parts.entries()) {
      for (let byte = 100; byte < (lengths[at] ?? 0); byte += 9_973) {
        await bend(part, byte);
        await expect(readAll(folder)).rejects.toMatchObject({
          exit: 4,
          subject: expect.stringContaining(part),
        });
        await bend(part, byte);
      }
    }
    expect((await readAll(folder)).layers).toEqual(backup.layers);
  });

  it('is named when the data of any two parts is swapped', async () => {
    const parts = await cut();
    const data = await Promise.all(parts.map(part => readFile(part)));
    for (const [a, one] of data.entries()) {
      for (const [b, two] of data.entries()) {
        if (a >= b || one.length !== two.length) continue;
        const [pathA = '', pathB = ''] = [parts[a], parts[b]];
        await writeFile(pathA, Buffer.concat([one.subarray(0, FRONT_BYTES), two.subarray(FRONT_BYTES)]));
        await writeFile(pathB, Buffer.concat([two.subarray(0, FRONT_BYTES), one.subarray(FRONT_BYTES)]));
        await expect(readAll(folder)).rejects.toMatchObject({
          exit: 4,
          message: expect.stringMatching(/^(the part is damaged|this is not a backup)/),
        });
        await Promise.all([writeFile(pathA, one), writeFile(pathB, two)]);
      }
    }
  });

  it('is found whatever its name is: a swap of names alone is none', async () => {
    const parts = await cut();
    const [one = '', two = ''] = parts;
    await rename(one, join(folder, 'x'));
    await rename(two, one);
    await rename(join(folder, 'x'), two);
    expect((await readAll(folder)).layers).toEqual(backup.layers);
  });
});

describe('media that are changed', () => {
  it('are asked for while it is written, until one will do', async () => {
    const media = await Promise.all(
      ['a', 'b'].map(name => mkdir(join(folder, name)).then(() => join(folder, name))),
    );
    const [first = '', second = ''] = media;
    await cut(other, { volumeBytes: 2 * SIZE }, second);
    await mkdir(join(folder, 'c'));
    const asked: string[] = [];
    const answers = [join(folder, 'none'), second, join(folder, 'c')];
    const sink = await openVolumeSink(join(first, 'backup.tar'), {
      volumeBytes: SIZE,
      nextMedium: async ({ number, problem }) => {
        asked.push(`${number}: ${problem}`);
        return answers.shift() ?? '';
      },
    });
    // Something in the way is as good a reason as a full medium.
    await writeFile(join(first, 'backup.003.tar'), 'in the way');
    await writeTo(sink, backup, 5_000);
    await sink.commit();
    expect(asked).toEqual([
      '2: backup.003.tar is there already: the beginning of this part is damaged, or it is another file',
      '2: no such file or folder',
      '2: backup.001.tar is there already: of the backup made at 2026-11-25T12:00:00Z',
    ]);
    expect(sink.parts.map(part => dirname(part).at(-1))).toEqual(['a', 'c', 'c', 'c', 'c']);
    await rm(join(first, 'backup.003.tar'));
    expect((await readAll([first, join(folder, 'c')])).layers).toEqual(backup.layers);
  });

  it('have one path where there is one drive: a stale one is known by what is on it', async () => {
    const [drive, stale, shelf] = ['drive', 'stale', 'shelf'].map(name => join(folder, name));
    if (!drive || !stale || !shelf) throw new Error('folders');
    await Promise.all([drive, stale, shelf].map(path => mkdir(path)));
    const [old = ''] = await cut(other, {}, stale);
    const asked: string[] = [];
    const sink = await openVolumeSink(join(drive, 'backup.tar'), {
      volumeBytes: SIZE,
      nextMedium: async ({ number, problem }) => {
        asked.push(`${number}: ${problem}`);
        for (const part of await readdir(drive)) await rename(join(drive, part), join(shelf, part));
        // At first somebody puts in what was written last week.
        if (asked.length === 1) await copyFile(old, join(drive, 'backup.001.tar'));
        else await rm(join(shelf, 'backup.001.tar'));
        return drive;
      },
    });
    await writeFile(join(drive, 'backup.002.tar'), 'in the way');
    await writeTo(sink, backup, 5_000);
    await sink.commit();
    expect(asked).toEqual([
      '2: backup.002.tar is there already: the beginning of this part is damaged, or it is another file',
      '2: backup.001.tar is there already: of the backup made at 2026-11-25T12:00:00Z',
    ]);
  });

  it('are asked for while it is read, and what is not the part wanted is not taken', async () => {
    const parts = await cut();
    const drives = join(folder, 'drives');
    const old = join(folder, 'old');
    await Promise.all([mkdir(drives), mkdir(old)]);
    await cut(other, {}, old);
    const at = async (number: number) => {
      const drive = join(drives, String(number));
      await mkdir(drive);
      await rename(parts[number - 1] ?? '', join(drive, 'backup.00x.tar'));
      return join(drive, 'backup.00x.tar');
    };
    const [first, second, third, fourth, fifth] = await Promise.all([1, 2, 3, 4, 5].map(at));
    const asked: string[] = [];
    const answers = [third, old, second, third, fourth, fifth];
    const ask: AskForPart = async ({ number, count, problem = '' }) => {
      asked.push(`${number} of ${count}: ${problem.replaceAll(folder, '')}`);
      return answers.shift() ?? '';
    };
    expect((await readAll(first ?? '', ask)).layers).toEqual(backup.layers);
    expect(asked).toEqual([
      '2 of undefined: ',
      '2 of undefined: /drives/3/backup.00x.tar is part 3 of the backup made at 2026-11-23T12:00:00Z',
      expect.stringMatching(/^2 of undefined: .*another backup, made at 2026-11-25/),
      '3 of undefined: ',
      '4 of undefined: ',
      '5 of undefined: ',
    ]);
  });

  /** One drive: what is in it goes when the next medium comes. */
  async function oneDrive(parts: readonly string[]) {
    const [drive, shelf] = [join(folder, 'drive'), join(folder, 'shelf')];
    await mkdir(shelf);
    for (const part of parts) await rename(part, join(shelf, basename(part)));
    const asked: string[] = [];
    const insert = async (number: number) => {
      await rm(drive, { recursive: true, force: true });
      await mkdir(drive);
      // Whatever is in, it is there under one name.
      await copyFile(join(shelf, basename(parts[number - 1] ?? '')), join(drive, 'part.tar'));
      return join(drive, 'part.tar');
    };
    const askForPart: AskForPart = ({ number, problem }) => {
      asked.push(problem === undefined ? `${number}` : `${number}: ${problem.replaceAll(folder, '')}`);
      return insert(number);
    };
    return { asked, insert, askForPart, shelf };
  }

  it('go by one after the other to be checked, and again to be read', async () => {
    const { asked, insert, askForPart } = await oneDrive(await cut());
    const reader = await openArchive(await insert(1), { askForPart });
    expect([reader.asksForParts, reader.partBytes]).toEqual([true, archive.length]);
    let read = 0;
    await reader.checkParts(bytes => {
      read += bytes;
    });
    expect([asked.splice(0), read]).toEqual([['2', '3', '4', '5'], archive.length]);
    // The seal is on the medium that is in.
    expect([await reader.sealAhead(), asked]).toEqual([true, []]);
    const layers: Buffer[] = [];
    for await (const { body } of reader.layers()) layers.push(Buffer.concat(await Array.fromAsync(body)));
    expect([layers, asked]).toEqual([backup.layers, ['1', '2', '3', '4', '5']]);
    await reader.close();
  });

  it('are asked for again when the copy that came is damaged, wherever that is', async () => {
    const parts = await cut();
    const good = await readFile(parts[2] ?? '');
    const { asked, insert, askForPart, shelf } = await oneDrive(parts);
    const third = join(shelf, 'backup.003.tar');
    for (const at of [600, 30_000, good.length - 3]) {
      await bend(third, at);
      let told = 0;
      const reader = await openArchive(await insert(1), {
        askForPart: async wanted => {
          if (wanted.problem !== undefined) await writeFile(third, good);
          return askForPart(wanted);
        },
      });
      await reader.checkParts(bytes => {
        told += bytes;
      });
      await reader.close();
      // What is read twice is told of once.
      expect(told).toBe(archive.length);
    }
    const where = '/drive/part.tar: ';
    expect(asked.filter(question => question.startsWith('3'))).toEqual([
      '3',
      expect.stringMatching(/^3: .*the front of this part is damaged/),
      '3',
      `3: ${where}its bytes do not have the digest that the part states`,
      '3',
      `3: ${where}the end of this part is damaged`,
    ]);
  });

  it('are not taken when they are others than those that were checked', async () => {
    const parts = await cut();
    const last = await readFile(parts[4] ?? '');
    const { asked, insert, askForPart, shelf } = await oneDrive(parts);
    const reader = await openArchive(await insert(1), {
      askForPart: async wanted => {
        if (wanted.problem !== undefined) await writeFile(join(shelf, 'backup.005.tar'), last);
        return askForPart(wanted);
      },
    });
    await reader.checkParts(() => {});
    const front = decodeFront(last.subarray(0, FRONT_BYTES), '');
    const forged = encodeFront({ ...front, digest: digestOf(Buffer.from('something else')) });
    await writeFile(join(shelf, 'backup.005.tar'), Buffer.concat([forged, last.subarray(FRONT_BYTES)]));
    await insert(1);
    await reader.finish();
    await reader.close();
    expect(asked.slice(-2)).toEqual([
      '5',
      '5: /drive/part.tar is another part 5 of the same backup than the one before: its digest differs',
    ]);
  });

  it('are not asked for out of turn to see the seal beforehand', async () => {
    const parts = await cut();
    const asked: number[] = [];
    const away = join(folder, 'away');
    await mkdir(away);
    for (const part of parts.slice(1)) await rename(part, join(away, basename(part)));
    const askForPart: AskForPart = async ({ number }) => {
      asked.push(number);
      return away;
    };
    const reader = await openArchive(parts[0] ?? '', { askForPart });
    expect([await reader.sealAhead(), asked]).toEqual([false, []]);
    await reader.finish();
    expect([await reader.sealAhead(), asked]).toEqual([true, [2]]);
    await reader.close();
  });

  it('are asked for with the reason why the part that is there will not do', async () => {
    const parts = await cut();
    const other = join(folder, 'other');
    await mkdir(other);
    await copyFile(parts[2] ?? '', join(other, 'good.tar'));
    await bend(parts[2] ?? '', 600);
    const asked: (string | undefined)[] = [];
    const ask: AskForPart = async ({ number, problem }) => {
      asked.push(`${number}: ${problem}`);
      return join(other, 'good.tar');
    };
    expect((await readAll(parts[0] ?? '', ask)).layers).toEqual(backup.layers);
    expect(asked).toEqual([`3: ${parts[2]}: the front of this part is damaged`]);
  });
});

describe('the vectors', () => {
  const parts = 'test/vectors/parts';

  it('are what the writer makes, and make the archive that was cut', async () => {
    for (const [path, bytes] of await PART_VECTORS) {
      expect([path, (await readFile(path)).equals(bytes)]).toEqual([path, true]);
    }
    const reader = await openArchive(parts);
    expect(await reader.finish()).toMatchObject({ formatVersion: 1 });
    await reader.close();
  });

  it.each([
    ['with one of another backup', ['stranger/backup.002.tar'], 'it is a part of another backup'],
    ['with one of a later version', ['newer/backup.002.tar'], 'format version 2'],
    ['with one bit that is flipped', ['flipped/backup.002.tar'], 'the part is damaged'],
    ['with one twice', ['backup.002.tar', 'twin/backup.002.tar'], 'part 2 is there twice'],
  ])('%s are refused', async (_, files, message) => {
    const given = ['backup.001.tar', ...files, 'backup.003.tar'].map(file => join(parts, file));
    await expect(readAll(given)).rejects.toMatchObject({
      exit: 4,
      message: expect.stringContaining(message),
    });
  });
});
