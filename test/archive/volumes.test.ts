import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { openArchive } from '../../src/archive/open-archive.ts';
import { inspectArchive } from '../../src/archive/verify.ts';
import { FRONT_BYTES } from '../../src/archive/volumes/front.ts';
import { openVolumeSink } from '../../src/archive/volumes/volume-sink.ts';
import { piped, writeTo } from './fixtures.ts';
import { archive, backup, bend, cut, folder, other, readAll, SIZE } from './parts-setting.ts';

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
