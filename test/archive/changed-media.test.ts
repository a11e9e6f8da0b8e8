import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openArchive } from '../../src/archive/open-archive.ts';
import { decodeFront, encodeFront, FRONT_BYTES } from '../../src/archive/volumes/front.ts';
import type { AskForPart } from '../../src/archive/volumes/part-finder.ts';
import { openVolumeSink } from '../../src/archive/volumes/volume-sink.ts';
import { digestOf } from '../../src/base/digest.ts';
import { writeTo } from './fixtures.ts';
import { archive, backup, bend, cut, folder, other, readAll, SIZE } from './parts-setting.ts';

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
