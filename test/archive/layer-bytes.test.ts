import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as tick } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layOut } from '../../src/archive/head.ts';
import type { LayerBytes } from '../../src/archive/layer-bytes.ts';
import { openArchive } from '../../src/archive/open-archive.ts';
import type { ArchiveReader } from '../../src/archive/reader.ts';
import { openVolumeSink } from '../../src/archive/volumes/volume-sink.ts';
import { digestOf } from '../../src/base/digest.ts';
import { ASIDE_PIECE_BYTES } from '../../src/base/limits.ts';
import { patterned } from '../registry/setting.ts';
import { archiveOf, type Backup, onlyLayers, writeTo } from './fixtures.ts';

const MiB = 2 ** 20;
const SIZES = [3 * MiB + 17, 700, 5 * MiB];

let folder: string;
let backup: Backup;
let archive: Buffer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asa-layer-bytes-'));
  const layers = SIZES.map((size, seed) => patterned(size, seed));
  backup = await onlyLayers(layers);
  archive = await archiveOf(backup);
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
/** The archive as a file, with one byte of it changed. */
async function file(bent?: number): Promise<string> {
  const bytes = Buffer.from(archive);
  if (bent !== undefined) bytes.writeUInt8(bytes.readUInt8(bent) ^ 1, bent);
  const path = join(folder, `${files++}.tar`);
  await writeFile(path, bytes);
  return path;
}

/** Where a byte of the first layer stands. */
const placeOf = (byte: number): number => layOut(backup).bytes + 512 + byte;

/** Opens an archive, takes all of its layers out of the pass, and does something with them. */
async function aside<T>(
  from: string | readonly string[],
  work: (layers: LayerBytes[], reader: ArchiveReader) => Promise<T>,
): Promise<T> {
  const reader = await openArchive(from);
  try {
    const layers: LayerBytes[] = [];
    for await (const { aside } of reader.layers()) if (aside) layers.push(aside() as LayerBytes);
    return await work(layers, reader);
  } finally {
    await reader.close();
  }
}

/** What is read, copied as late as may be: full pieces when the next one has come, smaller ones at the end. */
async function slowly(bytes: LayerBytes, from: number, to: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of bytes.read(from, to)) {
    pieces.push(piece);
    await tick();
    const late = pieces.at(-2);
    if (late?.length === ASIDE_PIECE_BYTES) pieces[pieces.length - 2] = Buffer.from(late);
  }
  return Buffer.concat(pieces);
}

describe('layers beside the pass over a file', () => {
  it('are read at the same time, in pieces that stay until two others have come', async () => {
    await aside(await file(), async (layers, reader) => {
      const read = await Promise.all(layers.map((bytes, at) => slowly(bytes, 0, SIZES[at] ?? 0)));
      expect(read.map(bytes => digestOf(bytes))).toEqual(backup.plan.layers.map(({ digest }) => digest));
      expect(await reader.finish()).toMatchObject({ formatVersion: 1 });
    });
  });

  it('are read from any place, and again', async () => {
    const [size = 0] = SIZES;
    const place = fc.integer({ min: 0, max: size });
    await aside(await file(), async ([bytes]) => {
      await fc.assert(
        fc.asyncProperty(place, place, async (a, b) => {
          const [from, to] = [Math.min(a, b), Math.max(a, b)];
          const read = bytes && (await slowly(bytes, from, to));
          expect(read?.equals(backup.layers[0]?.subarray(from, to) ?? Buffer.alloc(0))).toBe(true);
        }),
        { numRuns: 20 },
      );
    });
  });

  it('give their last piece out only when all before it is right, wherever reading began', async () => {
    const [size = 0] = SIZES;
    const path = await file(placeOf(900_000));
    await aside(path, async ([bytes]) => {
      let seen = 0;
      const read = async (from: number, to: number) => {
        seen = from;
        for await (const piece of bytes?.read(from, to) ?? []) seen += piece.length;
      };
      const damaged = {
        code: 'damaged',
        subject: expect.stringContaining(backup.plan.layers[0]?.digest.slice(7) ?? '-'),
      };
      await expect(read(0, size)).rejects.toMatchObject(damaged);
      expect(seen).toBeLessThan(size);
      await read(0, MiB);
      await read(MiB, 2 * MiB);
      await expect(read(2 * MiB, size)).rejects.toMatchObject(damaged);
      expect(seen).toBeLessThan(size);
      // The damage mends itself on the medium, when it has been sent already: that is not right either.
      await writeFile(path, archive);
      await expect(read(2 * MiB, size)).rejects.toMatchObject(damaged);
      await read(0, size);
      expect(seen).toBe(size);
    });
  });

  it('are read into the memory of those that are done, and of no others', async () => {
    await aside(await file(), async ([first, , third]) => {
      const memory = async (bytes: LayerBytes | undefined, size = 0) => {
        const full = (await Array.fromAsync(bytes?.read(0, size) ?? [])).filter(
          piece => piece.length === ASIDE_PIECE_BYTES,
        );
        return new Set(full.map(piece => piece.buffer));
      };
      const [one, other] = await Promise.all([memory(first, SIZES[0]), memory(third, SIZES[2])]);
      expect(one.isDisjointFrom(other)).toBe(true);
      first?.done();
      third?.done();
      const [again] = await Promise.all([memory(first, SIZES[0])]);
      expect(again.isSubsetOf(one.union(other))).toBe(true);
    });
  });

  it('are checked at the end when whoever took them did not read them', async () => {
    await aside(await file(), async (_, reader) => {
      expect(await reader.finish()).toMatchObject({ formatVersion: 1 });
    });
    await aside(await file(placeOf(2 * MiB)), async ([first], reader) => {
      for await (const _ of first?.read(0, MiB) ?? []);
      await expect(reader.finish()).rejects.toMatchObject({ code: 'damaged' });
    });
  });

  it('do not hide what is wrong between them', async () => {
    const padding = placeOf(SIZES[0] ?? 0);
    await expect(aside(await file(padding), async () => {})).rejects.toMatchObject({
      code: 'damaged',
      message: 'it is not padded with zeros',
    });
    await expect(aside(await file(padding + 800), async () => {})).rejects.toMatchObject({ code: 'damaged' });
  });

  it('are incomplete when the file has become shorter', async () => {
    const path = await file();
    await aside(path, async layers => {
      await truncate(path, placeOf(MiB));
      await expect(Array.fromAsync(layers[0]?.read(0, SIZES[0] ?? 0) ?? [])).rejects.toMatchObject({
        code: 'incomplete',
      });
    });
  });

  it('are not offered of a pipe', async () => {
    const reader = await openArchive(
      (async function* () {
        yield archive;
      })(),
    );
    for await (const { aside } of reader.layers()) expect(aside).toBeUndefined();
    await reader.finish();
  });
});

describe('layers of an archive in parts', () => {
  async function cut(): Promise<string[]> {
    const sink = await openVolumeSink(join(await mkdtemp(join(folder, 'parts-')), 'backup.tar'), {
      volumeBytes: 2 * MiB,
    });
    await writeTo(sink, backup, 100_000);
    await sink.commit();
    return [...sink.parts];
  }

  it('are read across the parts, at the same time', async () => {
    await aside(await cut(), async (layers, reader) => {
      const read = await Promise.all(layers.map((bytes, at) => slowly(bytes, 0, SIZES[at] ?? 0)));
      expect(read.map(bytes => digestOf(bytes))).toEqual(backup.plan.layers.map(({ digest }) => digest));
      expect(await reader.finish()).toMatchObject({ formatVersion: 1 });
    });
  });

  it('are told with the part that is damaged', async () => {
    const parts = await cut();
    const [, second = ''] = parts;
    const bytes = await readFile(second);
    bytes.writeUInt8(bytes.readUInt8(100_000) ^ 1, 100_000);
    await writeFile(second, bytes);
    const all = (layers: LayerBytes[]) => Promise.all(layers.map(layer => layer.check()));
    await expect(aside(parts, all)).rejects.toMatchObject({
      code: 'damaged',
      subject: expect.stringContaining(second),
    });
  });

  it('are told with the part at whose end something is wrong', async () => {
    const parts = await cut();
    const [, second = ''] = parts;
    const bytes = await readFile(second);
    bytes.writeUInt8(1, bytes.length - 1);
    await writeFile(second, bytes);
    const all = (layers: LayerBytes[]) => Promise.all(layers.map(layer => layer.check()));
    await expect(aside(parts, all)).rejects.toMatchObject({
      message: 'the end of this part is damaged',
      subject: second,
    });
  });
});
