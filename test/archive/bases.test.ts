import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layersDigest, leaveTo, leftBy, wholeAgain } from '../../src/archive/base.ts';
import type { Bases } from '../../src/archive/bases.ts';
import { openArchive } from '../../src/archive/open-archive.ts';
import { openBases } from '../../src/archive/open-bases.ts';
import { type Plan, versionOf } from '../../src/archive/plan.ts';
import { parsePlan, writePlan } from '../../src/archive/plan-file.ts';
import type { ArchiveReader } from '../../src/archive/reader.ts';
import { rewriteArchive } from '../../src/archive/rewrite.ts';
import { verifyArchive } from '../../src/archive/verify.ts';
import { openVolumeSink } from '../../src/archive/volumes/volume-sink.ts';
import type { Failure } from '../../src/base/errors.ts';
import { archiveOf, type Backup, json, MemorySink, piped, sampleBackup, writeTo } from './fixtures.ts';

let root: string;
let whole: Backup;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'asa-bases-'));
  whole = await sampleBackup();
});
afterAll(() => rm(root, { recursive: true }));

/** The backup with these of its layers only, and made on some day. */
function some(places: readonly number[], day = 1): Backup {
  const plan: Plan = {
    ...whole.plan,
    createdAt: `2026-11-0${day}T12:00:00Z`,
    images: [],
    resources: [],
    layers: places.flatMap(at => whole.plan.layers[at] ?? []),
  };
  return { plan, blobs: new Map(), layers: places.flatMap(at => whole.layers[at] ?? []) };
}

/** What is left of a backup when its layers go to a base. */
function against({ plan: base }: Backup, { plan, blobs, layers }: Backup): Backup {
  const left = leaveTo(base, plan);
  return {
    plan: { ...left, formatVersion: versionOf(left, false) },
    blobs,
    layers: layers.filter((_, at) => !left.layers[at]?.inBase),
  };
}

async function fileOf(name: string, backup: Backup): Promise<string> {
  const path = join(root, name);
  await writeFile(path, await archiveOf(backup));
  return path;
}

async function opened(archive: Buffer, base: readonly string[]): Promise<ArchiveReader> {
  const reader = await openArchive(piped(archive));
  reader.bases = await openBases(base);
  return reader;
}

async function merged(archive: Buffer, base: readonly string[]): Promise<Buffer> {
  const reader = await opened(archive, base);
  const sink = new MemorySink();
  const plan = wholeAgain(reader.head.plan);
  const contents = { plan: { ...plan, formatVersion: versionOf(plan, false) }, blobs: reader.head.blobs };
  try {
    const options = { signer: undefined, onTotal() {}, onWritten() {} };
    await rewriteArchive(reader, contents, sink, options);
  } finally {
    await reader.close();
  }
  return sink.bytes;
}

async function gapOf(archive: Buffer, base: readonly string[]): Promise<Failure | undefined> {
  const reader = await opened(archive, base);
  try {
    return reader.bases.gap({ file: 'day.tar', head: reader.head });
  } finally {
    await reader.close();
  }
}

describe('a differential archive', () => {
  it('is of the second version and shorter by what its base has', async () => {
    const base = some([0]);
    const day = against(base, whole);
    expect(day.plan).toMatchObject({
      formatVersion: 2,
      base: { createdAt: base.plan.createdAt, layers: layersDigest(base.plan.layers) },
    });
    expect(leftBy(day.plan)).toMatchObject({ layers: 1, bytes: 3000 });
    const [full, less] = [await archiveOf(whole), await archiveOf(day)];
    expect(full.length - less.length).toBeGreaterThan(3000 - 1024);
  });

  it('is a whole one when the base has none of its layers', () => {
    expect(leaveTo(some([]).plan, whole.plan)).toEqual(whole.plan);
  });

  it('with any layers in any base of a chain comes back byte for byte', async () => {
    const full = await archiveOf(whole);
    const places = fc.subarray([0, 1, 2]);
    let run = 0;
    await fc.assert(
      fc.asyncProperty(places, places, async (first, second) => {
        run += 1;
        const oldest = some(first, 1);
        const middle = against(oldest, some(second, 2));
        const day = await archiveOf(against(middle, whole));
        const base = [await fileOf(`${run}-2.tar`, middle), await fileOf(`${run}-1.tar`, oldest)];
        expect((await merged(day, base)).equals(full)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it('is verified with what is at hand, and each byte of it', async () => {
    const path = await fileOf('verified.tar', some([0]));
    const day = await archiveOf(against(some([0]), whole));
    const reader = await opened(day, [path]);
    let bytes = 0;
    await verifyArchive(reader, more => {
      bytes += more;
    });
    await reader.close();
    expect(bytes).toBe(3000);
    const bent = await readFile(path);
    const at = bent.indexOf('droplet ') + 1500;
    bent.writeUInt8(bent.readUInt8(at) ^ 1, at);
    await writeFile(path, bent);
    const again = await opened(day, [path]);
    await expect(verifyArchive(again)).rejects.toMatchObject({
      code: 'damaged',
      subject: expect.stringMatching(/verified\.tar: blobs\/sha256\/[0-9a-f]+ at byte \d+$/),
    });
    await again.close();
  });

  it('is verified without its base as far as it goes', async () => {
    const reader = await openArchive(piped(await archiveOf(against(some([0]), whole))));
    expect(reader.head.plan.layers.map(layer => reader.has(layer))).toEqual([false, true, true]);
    await verifyArchive(reader);
    await reader.close();
  });

  it('names a base exactly when it leaves layers to one, and in a version that knows of it', () => {
    const { plan } = against(some([0]), whole);
    const wrong = (value: object) => () => parsePlan(json(value), 'the plan');
    expect(parsePlan(writePlan(plan), 'the plan')).toEqual(plan);
    const { base: _, ...nameless } = plan;
    expect(wrong(nameless)).toThrow('leaves layers to a base, and names none');
    expect(wrong({ ...plan, layers: whole.plan.layers })).toThrow('names a base, and leaves no layer to it');
    expect(wrong({ ...plan, formatVersion: 1 })).toThrow('has a base, in a version that does not know that');
  });
});

describe('the vector of a differential archive', () => {
  it('and its base make the whole one, byte for byte', async () => {
    const [day, base] = ['valid-differential.tar', 'valid-small.tar'].map(file => join('test/vectors', file));
    const whole = await readFile(base ?? '');
    expect((await merged(await readFile(day ?? ''), [base ?? ''])).equals(whole)).toBe(true);
  });
});

describe('a base', () => {
  it('may be cut into parts, given one by one or by their folder, and may be any archive with the layers', async () => {
    const big = { ...some([0]), layers: [Buffer.alloc(200_000, 'droplet ')] };
    const [layer] = whole.plan.layers;
    if (layer === undefined) throw new Error('there is a layer');
    const size = 200_000;
    const { createHash } = await import('node:crypto');
    const hex = createHash('sha256')
      .update(big.layers[0] ?? '')
      .digest('hex');
    const digest = `sha256:${hex}` as typeof layer.digest;
    big.plan = { ...big.plan, layers: [{ ...layer, digest, size }] };
    const sink = await openVolumeSink(join(root, 'big.tar'), { volumeBytes: 64 * 1024 });
    await writeTo(sink, big);
    await sink.commit();
    const bases = await openBases([sink.parts[2] ?? '', sink.parts[0] ?? '']);
    const read = Buffer.concat(await Array.fromAsync(bases.read({ digest }, 0, size)));
    expect(read.equals(big.layers[0] ?? Buffer.alloc(0))).toBe(true);
    await bases.close();
  });

  it.each<[string, () => Promise<string>, object]>([
    ['a pipe', async () => '-', { code: 'usage', message: expect.stringContaining('has to be a file') }],
    [
      'a device',
      async () => '/dev/null',
      { code: 'usage', message: expect.stringContaining('has to be a file') },
    ],
    ['not there', async () => join(root, 'none.tar'), { code: 'io-error' }],
    [
      'no archive',
      async () => {
        const path = join(root, 'text');
        await writeFile(path, 'hello');
        return path;
      },
      { code: 'not-an-archive', subject: expect.stringContaining('text') },
    ],
    [
      'cut off',
      async () => {
        const path = join(root, 'cut.tar');
        await writeFile(path, (await archiveOf(some([0]))).subarray(0, -2048));
        return path;
      },
      { code: 'incomplete', subject: expect.stringContaining('cut.tar') },
    ],
    [
      'longer than an archive',
      async () => {
        const path = await fileOf('more.tar', some([0]));
        await appendFile(path, 'more');
        return path;
      },
      { code: 'damaged', subject: expect.stringContaining('more.tar') },
    ],
    [
      'a redacted copy',
      () =>
        fileOf('redacted.tar', {
          plan: { ...some([]).plan, formatVersion: 2, redacted: true },
          blobs: new Map(),
          layers: [],
        }),
      { code: 'usage', message: 'a redacted copy has no layers, and is no base' },
    ],
  ])('that is %s is refused', async (_, make, expected) => {
    await expect(openBases([await make()])).rejects.toMatchObject(expected);
  });

  it('that is missing is named, and what was given instead, and the gap of a chain', async () => {
    const oldest = some([0], 1);
    const middle = against(oldest, some([0, 1], 2));
    const day = await archiveOf(against(middle, whole));
    const [first, second] = [await fileOf('first.tar', oldest), await fileOf('second.tar', middle)];
    const stranger = await fileOf('stranger.tar', some([2], 3));
    expect(await gapOf(day, [second, first])).toBeUndefined();
    expect(await gapOf(day, [])).toMatchObject({
      code: 'base-missing',
      exit: 5,
      message:
        '2 of 3 layers are in its base, and the base of day.tar, the backup made at 2026-11-02T12:00:00Z, is not at hand',
      subject: 'day.tar',
    });
    expect(await gapOf(day, [second])).toMatchObject({
      message: `1 of 3 layers are in its base, and the base of ${second}, the backup made at 2026-11-01T12:00:00Z, is not at hand`,
    });
    // What a repair leaves of a base is of the same time, and not all of it.
    const repaired = await fileOf('repaired.tar', some([1], 2));
    expect((await gapOf(day, [repaired]))?.hints[0]).toBe(
      `given was ${repaired}, the backup made at 2026-11-02T12:00:00Z, which does not have all of its layers any more`,
    );
    expect((await gapOf(day, [stranger]))?.hints).toEqual([
      `given was ${stranger}, the backup made at 2026-11-03T12:00:00Z`,
      `give that backup with --base, or a copy of it; the digest of its layers is ${layersDigest(middle.plan.layers)}`,
    ]);
  });

  it('that names itself as its base is no endless chain', async () => {
    const { plan, blobs } = some([0]);
    const layers = plan.layers.map(layer => ({ ...layer, inBase: true as const }));
    const base = { createdAt: plan.createdAt, layers: layersDigest(layers) };
    const loop = { plan: { ...plan, formatVersion: 2, base, layers }, blobs, layers: [] };
    const path = await fileOf('loop.tar', loop);
    expect(await gapOf(await archiveOf(loop), [path])).toMatchObject({ code: 'base-missing' });
  });

  it('with a layer of the right digest and another size does not have it', async () => {
    const bases: Bases = await openBases([await fileOf('sized.tar', some([0]))]);
    const [layer] = whole.plan.layers;
    expect(layer && [bases.has(layer), bases.has({ ...layer, size: 1 })]).toEqual([true, false]);
    await bases.close();
  });
});
