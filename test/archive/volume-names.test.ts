import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openArchive } from '../../src/archive/open-archive.ts';
import { decodeFront, encodeFront, FRONT_BYTES, type Volume } from '../../src/archive/volumes/front.ts';
import { parseVolumeName, volumePath } from '../../src/archive/volumes/names.ts';
import { dataBytes, parseVolumeSize, volumesOf } from '../../src/archive/volumes/size.ts';
import { digestOf } from '../../src/base/digest.ts';
import { PART_VECTORS } from '../vectors/make-parts.ts';
import { readAll, SIZE } from './parts-setting.ts';

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
