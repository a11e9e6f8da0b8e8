import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openArchive } from '../../src/archive/open-archive.ts';
import { SECOND_VERSION } from '../../src/archive/plan.ts';
import { writePlan } from '../../src/archive/plan-file.ts';
import { readObjects } from '../../src/archive/resources.ts';
import { SIGNATURE_BYTES } from '../../src/archive/signature.ts';
import { encodeHeader } from '../../src/archive/tar.ts';
import { verifyArchive } from '../../src/archive/verify.ts';
import { Failure } from '../../src/base/errors.ts';
import type { Json } from '../../src/base/object.ts';
import { bentHeader, type Entry, entriesOf, smallBackup, tarOf } from '../vectors/landscape.ts';
import { VECTORS } from '../vectors/make.ts';
import { piped } from './fixtures.ts';

const RUNS = Number(process.env.FUZZ_RUNS ?? 700);
/** In milliseconds, a slow machine's. */
const TIMEOUT = 20_000 + RUNS * 20;
const small = smallBackup();
const entries = entriesOf(small);
/** The same with a signature. */
const signable = entriesOf({ ...small, plan: { ...small.plan, formatVersion: SECOND_VERSION } });
const signed: Entry[] = [...signable, { name: 'seal.json.sig', bytes: signatureIn('valid-signed.tar') }];
const unsigned = tarOf(signable);
const archives = [entries, signed].map(all => ({ entries: all, bytes: tarOf(all) }));

function signatureIn(vector: string): Buffer {
  const { bytes = Buffer.alloc(0) } = VECTORS.get(vector) ?? {};
  const start = bytes.indexOf('-----BEGIN SSH SIGNATURE');
  return bytes.subarray(start, start + SIGNATURE_BYTES);
}

/** How reading it ends: `ok`, or the Failure's exit code. Whatever else is thrown is a fault of ours. */
async function outcome(archive: Buffer, pieceBytes: number): Promise<'ok' | number> {
  try {
    const reader = await openArchive(piped(archive, pieceBytes));
    for (const blob of reader.head.plan.resources) for await (const _ of readObjects(reader.head, blob));
    await verifyArchive(reader);
    return 'ok';
  } catch (error) {
    if (error instanceof Failure) return error.exit;
    throw error;
  }
}

const place = fc.nat(entries.length - 1);
const names = fc.constantFrom(
  ...entries.map(({ name }) => name),
  '../x',
  '/x',
  '',
  'blobs/sha256/',
  `blobs/sha512/${'0'.repeat(128)}`,
  'seal.json/../index.json',
);

type Change = (entries: Entry[]) => Entry[];

const at = (index: number, change: (entry: Entry) => Entry[]): Change => {
  return all => all.flatMap((entry, here) => (here === index % all.length ? change(entry) : [entry]));
};

/** What somebody could do to the entries of a tar. */
const structural: fc.Arbitrary<Change> = fc.oneof(
  place.map(index => at(index, () => [])),
  place.map(index => at(index, entry => [entry, entry])),
  fc.tuple(place, place).map(
    ([from, to]): Change =>
      all => {
        const [moved] = all.slice(from % all.length);
        return moved === undefined ? all : all.filter(entry => entry !== moved).toSpliced(to, 0, moved);
      },
  ),
  fc.tuple(place, names).map(([index, name]) => at(index, entry => [{ name, bytes: entry.bytes }])),
  fc
    .tuple(place, names, fc.uint8Array({ maxLength: 2000 }))
    .map(([index, name, bytes]) => at(index, entry => [{ name, bytes: Buffer.from(bytes) }, entry])),
  fc
    .tuple(place, fc.oneof(fc.nat(5000), fc.maxSafeNat()))
    .map(([index, size]) => at(index, entry => [{ ...entry, header: encodeHeader(entry.name, size) }])),
  fc
    .tuple(place, fc.nat(511), fc.string({ maxLength: 12 }))
    .map(([index, offset, text]) =>
      at(index, entry => [{ ...entry, header: bentHeader(entry.name, entry.bytes.length, offset, text) }]),
    ),
  fc.tuple(place, fc.nat(), fc.integer({ min: 1, max: 255 })).map(([index, where, change]) =>
    at(index, entry => {
      if (entry.bytes.length === 0) return [];
      const bytes = Buffer.from(entry.bytes);
      const byte = where % bytes.length;
      bytes.writeUInt8(bytes.readUInt8(byte) ^ change, byte);
      return [{ ...entry, bytes }];
    }),
  ),
  fc
    .tuple(place, fc.nat(3000))
    .map(([index, length]) => at(index, entry => [{ ...entry, bytes: entry.bytes.subarray(0, length) }])),
);

/** Replaces one value in a document, given by a path of choices, with another. */
function bend(value: Json, path: readonly number[], replacement: Json): Json {
  const [choice, ...rest] = path;
  if (choice === undefined || value === null || typeof value !== 'object') return replacement;
  const members = Object.entries(value);
  if (members.length === 0) return replacement;
  const bent = members.map(([key, one], here): [string, Json] =>
    here === choice % members.length ? [key, bend(one, rest, replacement)] : [key, one],
  );
  return Array.isArray(value) ? bent.map(([, one]) => one) : Object.fromEntries(bent);
}

describe('whatever was done to an archive', () => {
  it(
    'to its entries, it is refused as damaged',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...archives),
          fc.array(structural, { minLength: 1, maxLength: 3 }),
          fc.integer({ min: 1, max: 5000 }),
          async ({ entries, bytes }, changes, pieceBytes) => {
            const bent = tarOf(changes.reduce((all, change) => change(all), entries));
            // Whoever takes a signature off has an archive that is not signed; that is for --allowed-signers to refuse.
            fc.pre(!bent.equals(bytes) && !bent.equals(unsigned));
            expect(await outcome(bent, pieceBytes)).toBe(4);
          },
        ),
        { numRuns: RUNS },
      );
    },
    TIMEOUT,
  );

  it(
    'to its plan, all the rest consistent with it, it is read or refused in order',
    async () => {
      const plan: Json = JSON.parse(writePlan(small.plan).toString());
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(), { maxLength: 4 }), fc.jsonValue(), async (path, replacement) => {
          const bytes = Buffer.from(JSON.stringify(bend(plan, path, replacement as Json)));
          expect(['ok', 4]).toContain(await outcome(tarOf(entriesOf(small, bytes)), 4096));
        }),
        { numRuns: RUNS },
      );
    },
    TIMEOUT,
  );

  it(
    'by cutting it anywhere, it is refused as incomplete',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...archives), fc.nat(), async ({ bytes }, at) => {
          expect(await outcome(bytes.subarray(0, at % bytes.length), 1000)).toBe(4);
        }),
        { numRuns: RUNS },
      );
    },
    TIMEOUT,
  );
});
