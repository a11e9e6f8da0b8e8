import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openArchive } from '../../src/archive/open-archive.ts';
import { type Repaired, repairArchive } from '../../src/archive/repair.ts';
import { secretSealer } from '../../src/archive/secrets.ts';
import { verifyArchive } from '../../src/archive/verify.ts';
import { digestOf } from '../../src/base/digest.ts';
import { Failure } from '../../src/base/errors.ts';
import { entriesOf, PLACE, smallBackup, tarOf } from '../vectors/landscape.ts';
import { archiveOf, MemorySink, piped, sampleBackup } from './fixtures.ts';

/** Bits that are flipped at random, one a run; more of them with an environment variable. */
const FLIPS = Number(process.env.REPAIR_FLIPS ?? 40);

let folder: string;
let whole: Buffer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asa-repair-'));
  whole = await archiveOf(await sampleBackup(await secretSealer({ passphrase: 'correct horse' }, 4)));
});
afterAll(() => rm(folder, { recursive: true }));

async function repaired(
  damaged: Buffer,
  told: { onStep?: (step: string, bytes: number) => void; onBytes?: (bytes: number) => void } = {},
): Promise<{ bytes: Buffer; result: Repaired }> {
  const path = join(folder, 'damaged.tar');
  await writeFile(path, damaged);
  const sink = new MemorySink();
  const options = {
    signer: undefined,
    openSink: async () => sink,
    onStep: () => {},
    onBytes: () => {},
    ...told,
  };
  return { result: await repairArchive([path], options), bytes: sink.bytes };
}

/** What an archive has, by what people would miss. */
async function partsOf(archive: Buffer) {
  const { head } = await verifyArchive(await openArchive(piped(archive)));
  const { resources, images, layers } = head.plan;
  return {
    resources: resources.map(({ digest }) => digest),
    images: images.map(({ reference }) => reference),
    layers: layers.map(({ digest }) => digest),
  };
}

function flipped(bytes: Buffer, at: number): Buffer {
  const bent = Buffer.from(bytes);
  bent.writeUInt8(bent.readUInt8(at) ^ (1 << (at % 8)), at);
  return bent;
}

async function verifies(archive: Buffer): Promise<boolean> {
  try {
    await partsOf(archive);
    return true;
  } catch (error) {
    if (error instanceof Failure && error.exit === 4) return false;
    throw error;
  }
}

describe('a repair', () => {
  it('tells how far it is: all of the damaged one is looked at, then the new one is written', async () => {
    const steps: { step: string; of: number; bytes: number }[] = [];
    const { bytes } = await repaired(flipped(whole, whole.length - 2_000), {
      onStep: (step, of) => steps.push({ step, of, bytes: 0 }),
      onBytes: bytes => {
        const last = steps.at(-1);
        if (last !== undefined) last.bytes = Math.max(last.bytes, bytes);
      },
    });
    expect(steps).toEqual([
      { step: 'salvage', of: whole.length, bytes: expect.any(Number) },
      { step: 'write', of: bytes.length, bytes: expect.any(Number) },
    ]);
    for (const { of, bytes } of steps) expect(bytes / of).toBeGreaterThan(0.8);
  });

  it('of an archive that is whole gives the same bytes', async () => {
    const { bytes, result } = await repaired(whole);
    expect(bytes.equals(whole)).toBe(true);
    expect(result).toMatchObject({ lost: [], sealed: true });
  });

  it('loses the image whose layer is damaged, and names it', async () => {
    const { plan, layers } = await sampleBackup();
    const small = layers[1] ?? Buffer.alloc(0);
    const { bytes, result } = await repaired(flipped(whole, whole.indexOf(small)));
    expect(result.lost.map(({ kind, subject }) => [kind, subject])).toEqual(
      plan.images.map(({ reference }) => ['image-unreadable', reference]),
    );
    expect((await partsOf(bytes)).layers).toEqual([]);
    const one = flipped(whole, whole.indexOf(layers[0] ?? '') + 700);
    expect((await repaired(one)).result.lost).toHaveLength(3);
  });

  it('keeps everything when only what can be made again is damaged', async () => {
    const entries = entriesOf(smallBackup());
    const archive = tarOf(entries);
    for (const place of [PLACE.layout, PLACE.backup, PLACE.index, PLACE.seal]) {
      const bent = tarOf(
        entries.map((entry, at) => (at === place ? { ...entry, bytes: flipped(entry.bytes, 20) } : entry)),
      );
      expect(await verifies(bent)).toBe(false);
      const { bytes, result } = await repaired(bent);
      expect([place, bytes.equals(archive), result.lost]).toEqual([place, true, []]);
    }
  });

  it('names the resources that are lost', async () => {
    const entries = entriesOf(smallBackup());
    const bent = entries.map((entry, at) =>
      at === PLACE.resources ? { ...entry, bytes: flipped(entry.bytes, 30) } : entry,
    );
    expect((await repaired(tarOf(bent))).result.lost).toEqual([
      {
        kind: 'kind-failed',
        subject: 'resources/CFApp.korifi.cloudfoundry.org-000.jsonl.zst',
        reason: 'its bytes are damaged: 1 CFApp',
      },
    ]);
  });

  it('finds what stands behind bytes that are gone or came in between', async () => {
    const at = whole.indexOf('index.json');
    const shifted = Buffer.concat([whole.subarray(0, at - 512), Buffer.alloc(4096, 'x'), whole.subarray(at)]);
    expect((await repaired(shifted)).bytes.equals(whole)).toBe(true);
  });

  it('says that nothing can be made of an archive without its plan', async () => {
    const entries = entriesOf(smallBackup());
    const without = entries.map((entry, at) =>
      at === PLACE.plan ? { ...entry, bytes: flipped(entry.bytes, 30) } : entry,
    );
    await expect(repaired(tarOf(without))).rejects.toMatchObject({
      code: 'damaged',
      message: 'its plan is damaged, and without it nothing else can be made use of',
    });
    await expect(repaired(Buffer.alloc(5000, 'no archive'))).rejects.toMatchObject({ code: 'damaged' });
    expect(digestOf(await readFile(join(folder, 'damaged.tar')))).toBe(
      digestOf(Buffer.alloc(5000, 'no archive')),
    );
  });
});

describe('whatever was damaged', () => {
  it(`one bit at each of ${FLIPS} random places is noticed; all that verifies is kept, and nothing else`, async () => {
    const before = await partsOf(whole);
    const plan = whole.indexOf('{"formatVersion":1,"createdAt"');
    for (let run = 0; run < FLIPS; run += 1) {
      // Places all over the archive, the same in every run of the tests.
      const at = Math.floor((((run + 1) * 0.618_033_988_75) % 1) * whole.length);
      const bent = flipped(whole, at);
      expect([at, await verifies(bent)]).toEqual([at, false]);
      const outcome = await repaired(bent).catch((error: Failure) => error);
      if (outcome instanceof Error) {
        expect([at, outcome.message]).toEqual([at, expect.stringContaining('its plan is damaged')]);
        expect(Math.abs(at - plan)).toBeLessThan(6000);
        continue;
      }
      const after = await partsOf(outcome.bytes);
      for (const part of ['resources', 'images', 'layers'] as const) {
        expect(before[part]).toEqual(expect.arrayContaining(after[part]));
      }
      const missing =
        [...before.resources, ...before.images].length - [...after.resources, ...after.images].length;
      expect(outcome.result.lost).toHaveLength(missing);
    }
  }, 600_000);

  it('an archive that was cut where an entry begins is noticed, and what stands before is kept', async () => {
    const starts = cutsOf(whole);
    expect(starts.length).toBeGreaterThan(10);
    for (const start of starts) {
      const cut = whole.subarray(0, start);
      expect([start, await verifies(cut)]).toEqual([start, false]);
      const outcome = await repaired(cut).catch((error: Failure) => error);
      if (outcome instanceof Error) expect(outcome.message).toContain('its plan is damaged');
      else expect(await verifies(outcome.bytes)).toBe(true);
    }
  });
});

/** Where the entries of an archive begin. */
function cutsOf(archive: Buffer): number[] {
  const starts: number[] = [];
  for (let at = 0; at < archive.length; at += 512) {
    if (archive.toString('latin1', at + 257, at + 262) === 'ustar') starts.push(at);
  }
  return starts;
}
