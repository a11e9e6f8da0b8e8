import { describe, expect, it } from 'vitest';
import { checkRoom, knownMedium } from '../../src/archive/medium.ts';

const FAT = 0x4d44;
const EXT = 0xef53;
const GiB = 1024 ** 3;

describe('a medium', () => {
  it('that is FAT takes files of 4 GiB less a byte', () => {
    const medium = knownMedium(FAT, 100 * GiB, 'linux');
    expect(medium).toEqual({ name: 'FAT', free: 100 * GiB, largestFile: 4 * GiB - 1 });
    checkRoom(medium, { what: 'archive', path: 'backup.tar', bytes: 4 * GiB - 1 });
    expect(() => checkRoom(medium, { what: 'archive', path: 'backup.tar', bytes: 4 * GiB })).toThrow(
      expect.objectContaining({
        exit: 5,
        message: 'the archive takes 4294967296 bytes, and a file on FAT at most 4294967295',
        hints: ['cut it into parts, on several media if need be: --volume-size 4GiB-1'],
      }),
    );
  });

  it('without enough room is refused, with the parts that would fit', () => {
    const medium = knownMedium(EXT, 700 * 1024 ** 2 + 5, 'linux');
    expect(() => checkRoom(medium, { what: 'archive', path: 'backup.tar', bytes: GiB })).toThrow(
      expect.objectContaining({
        exit: 5,
        message: `the archive takes ${GiB} bytes, and 734003205 are free`,
        hints: [
          'cut it into parts, on several media if need be: --volume-size 700MiB',
          'free some space, choose another place, or back up less',
        ],
      }),
    );
  });

  it.each([
    [
      'copy',
      'write it where there is room, and cut it onto such media: kubectl asa-backup split FILE --volume-size 1MiB',
    ],
    ['part', 'make the parts smaller: --volume-size 1MiB'],
    ['parts', 'on a terminal the next medium is asked for when one is full'],
  ] as const)('is told of with what can be done about a %s', (what, way) => {
    const medium = knownMedium(EXT, 1024 ** 2, 'linux');
    expect(() => checkRoom(medium, { what, path: 'backup.tar', bytes: GiB })).toThrow(
      expect.objectContaining({ hints: [way, expect.stringMatching(/^free some space/)] }),
    );
  });

  it('counts what of the file is there already', () => {
    checkRoom(knownMedium(EXT, 10, 'linux'), { what: 'archive', path: 'backup.tar', bytes: 30, held: 20 });
  });

  it.each([
    [0x1234, 'linux'],
    [FAT, 'darwin'],
    [0, 'win32'],
  ])('of a kind that nobody knows is not judged (%i on %s)', (type, platform) => {
    expect(knownMedium(type, 1, platform)).toEqual({
      name: undefined,
      free: 1,
      largestFile: Number.POSITIVE_INFINITY,
    });
  });
});
