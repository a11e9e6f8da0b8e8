import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ArchiveFrom } from '../../src/archive/feed.ts';
import { FRONT_BYTES } from '../../src/archive/volumes/front.ts';
import { openVolumeSink } from '../../src/archive/volumes/volume-sink.ts';
import { forEachLimit } from '../../src/base/concurrency.ts';
import { type Digest, digestOf } from '../../src/base/digest.ts';
import { Failure } from '../../src/base/errors.ts';
import { missingImages } from '../../src/sandbox/compare/health.ts';
import { View } from '../../src/sandbox/compare/view.ts';
import { compareFoundations } from '../../src/sandbox/compare.ts';
import { type Backup, backupIn, piped, writeTo } from '../archive/fixtures.ts';
import { type Stage, type StageOptions, startStage, TINY, writtenSince } from '../support/embedded.ts';
import { runProgram } from '../support/program.ts';
import { diffInProcess, type Move, restoreInProcess } from '../support/restoring.ts';
import { walk } from '../support/tar.ts';
import { tagsOf } from '../support/whole.ts';

/**
 * Bits that are flipped, one a restore, in each way in which an archive comes; very many of them in the long run, which
 * is part of `npm run test:nightly`.
 */
const FLIPS = Number(process.env.RESTORE_FLIPS ?? 8);
/** Restores side by side, each into a foundation of its own. */
const LANES = 4;

let source: Stage;
let path: string;
let whole: Buffer;
let backup: Backup;
/** Every tag after a restore that nothing disturbed, with what it names. */
let tags: Map<string, Digest>;

beforeAll(async () => {
  source = await startStage({ name: 'source', landscape: TINY });
  path = join(source.directory, 'whole.tar');
  await runProgram(['export', path, '--kubeconfig', source.kubeconfigFile, '--plaintext-secrets']);
  whole = await readFile(path);
  backup = await backupIn(whole);
  const target = await startStage({ name: 'target' });
  expect((await restoreInProcess({ ...intact(), target })).losses).toEqual([]);
  tags = tagged(target);
  await target.stop();
}, 60_000);
afterAll(() => source?.stop());

/** What the API server makes by itself, a moment after a namespace. */
const OF_EVERY_NAMESPACE = /^ADDED (ServiceAccount default|ConfigMap kube-root-ca\.crt)$/;

/** A foundation to restore into, a fresh one whenever the last has been written to. */
class Lane {
  readonly #options: Omit<StageOptions, 'name'>;
  #target: Stage | undefined;
  #revision = 0;
  #tags = 0;

  constructor(options: Omit<StageOptions, 'name'> = {}) {
    this.#options = options;
  }

  async use<T>(work: (target: Stage) => Promise<T>): Promise<T> {
    const target = this.#target ?? (await startStage({ name: 'target', ...this.#options }));
    this.#target = target;
    this.#revision = target.server.storage.revision;
    this.#tags = tagsOf(target).length;
    const result = await work(target);
    if (this.wasWritten) await this.stop();
    return result;
  }

  /** Whether there is another object, or another tag. */
  get wasWritten(): boolean {
    const target = this.#target;
    if (target === undefined) return false;
    const objects = writtenSince(target, this.#revision).filter(change => !OF_EVERY_NAMESPACE.test(change));
    return objects.length > 0 || tagsOf(target).length !== this.#tags;
  }

  async stop(): Promise<void> {
    await this.#target?.stop();
    this.#target = undefined;
  }
}

async function inLanes<T>(
  cases: Iterable<T>,
  work: (one: T, lane: Lane) => Promise<void>,
  options?: ConstructorParameters<typeof Lane>[0],
): Promise<void> {
  const lanes = Array.from({ length: LANES }, () => new Lane(options));
  const free = [...lanes];
  try {
    await forEachLimit(cases, LANES, async one => {
      const lane = free.pop() ?? new Lane();
      await work(one, lane);
      free.push(lane);
    });
  } finally {
    for (const lane of lanes) await lane.stop();
  }
}

const intact = () => ({ from: path, registry: source.registry.host });

/** How a restore ends that must not come to its end. */
async function refusal(from: ArchiveFrom, target: Stage, how: Partial<Move> = {}): Promise<Failure> {
  const { registry } = intact();
  const outcome = await restoreInProcess({ from, registry, target, ...how }).catch(error => error);
  if (outcome instanceof Failure) return outcome;
  throw outcome instanceof Error ? outcome : new Error('it was restored');
}

/**
 * What is wrong with what a restore has left behind. It may be unfinished: a status that is not written yet, an app
 * that is not started.
 */
async function harmTo(target: Stage): Promise<string[]> {
  const { different } = await diffInProcess({ ...intact(), target });
  const wrong = different.flatMap(({ subject, fields }) =>
    fields
      .filter(field => !/^(status|spec\.desiredState)\b/.test(field.path))
      .map(field => `${subject} has another ${field.path}`),
  );
  const view = await View.of(target.cluster);
  const images = await missingImages(view, target.images);
  return [...wrong, ...images, ...wrongBytes(target), ...wrongTags(target)];
}

function wrongBytes({ registry }: Stage): string[] {
  const layers = backup.layers.map(bytes => [digestOf(bytes), bytes] as const);
  const right = new Map([...backup.blobs, ...layers]);
  return registry.repositories().flatMap(repository =>
    [...right].flatMap(([digest, bytes]) => {
      const is = registry.manifest(repository, digest) ?? registry.blob(repository, digest);
      return is === undefined || is.equals(bytes) ? [] : [`${repository} has other bytes for ${digest}`];
    }),
  );
}

function wrongTags(target: Stage): string[] {
  const wrong = [...tagged(target)].filter(([tag, digest]) => tags.get(tag) !== digest);
  return wrong.map(([tag]) => `${tag} names another image`);
}

function tagged(target: Stage): Map<string, Digest> {
  return new Map(
    tagsOf(target).map(name => {
      const [repository = '', tag = ''] = name.split(/:(?=[^:]*$)/);
      return [name, digestOf(target.registry.manifest(repository, tag) ?? '')];
    }),
  );
}

/** The layers of the archive from their first header on: where damage shows only when they pass. */
function layersOf(archive: Buffer): { first: number; end: number } {
  const entries = walk(archive);
  const index = entries.findIndex(({ name }) => name === 'index.json');
  return { first: entries[index + 1]?.offset ?? 0, end: entries.at(-1)?.offset ?? 0 };
}

/** A bit, by the number of the run: places all over so many bytes, the same in every run of the tests. */
function flip(bytes: Buffer, run: number): { at: number; bent: Buffer } {
  const at = Math.floor((((run + 1) * 0.618_033_988_75) % 1) * bytes.length);
  const bent = Buffer.from(bytes);
  bent.writeUInt8(bent.readUInt8(at) ^ (1 << (run % 8)), at);
  return { at, bent };
}

/** Writes an archive as parts, some of which may be bent; the folder. */
async function asParts(name: string, bend: (parts: Buffer[]) => void): Promise<string> {
  const folder = join(source.directory, name);
  await mkdir(folder);
  const sink = await openVolumeSink(join(folder, 'backup.tar'), { volumeBytes: 64 * 1024 });
  await writeTo(sink, backup);
  await sink.commit();
  const parts = await Promise.all(sink.parts.map(part => readFile(part)));
  bend(parts);
  for (const [at, part] of sink.parts.entries()) await writeFile(part, parts[at] ?? '');
  return folder;
}

/** One archive with one bit that is wrong. */
interface Flipped {
  readonly from: ArchiveFrom;
  /** For messages: where it is wrong. */
  readonly place: string;
  /** Nothing is written where this is false. */
  readonly mayWrite: boolean;
  readonly eager?: boolean;
  readonly discard?: string;
}

const inFile = async (run: number): Promise<Flipped> => {
  const { at, bent } = flip(whole, run);
  const from = join(source.directory, `flipped-${run}.tar`);
  await writeFile(from, bent);
  const { first, end } = layersOf(whole);
  return { from, place: `byte ${at}`, mayWrite: at >= first && at < end, discard: from };
};
const inPipe = async (run: number): Promise<Flipped> => {
  const { at, bent } = flip(whole, run);
  return { from: piped(bent), place: `byte ${at}`, mayWrite: false };
};
const inEagerPipe = async (run: number): Promise<Flipped> => {
  const { at, bent } = flip(whole, run);
  return { from: piped(bent), place: `byte ${at}`, mayWrite: at >= layersOf(whole).first, eager: true };
};
const inParts = async (run: number): Promise<Flipped> => {
  let place = { part: 0, at: 0, of: 0 };
  const from = await asParts(`parts-${run}`, parts => {
    const part = run % parts.length;
    const { at, bent } = flip(parts[part] ?? Buffer.alloc(1), run);
    parts[part] = bent;
    place = { part, at, of: parts.length };
  });
  const { part, at } = place;
  const { first } = layersOf(whole);
  const offset = part * (64 * 1024 - FRONT_BYTES - 1024) + at - FRONT_BYTES;
  const mayWrite = at >= FRONT_BYTES && offset >= first;
  return { from, place: `byte ${at} of part ${part + 1}`, mayWrite, discard: from };
};

describe('one bit that is flipped', () => {
  it.each([
    ['a file', inFile],
    ['a pipe', inPipe],
    ['a pipe whose waves begin early', inEagerPipe],
    ['parts', inParts],
  ])(
    `at each of ${FLIPS} places of %s is found before it does harm`,
    async (_, take) => {
      const seen = { unwritten: 0, right: 0 };
      await inLanes(Array.from({ length: FLIPS }).keys(), async (run, lane) => {
        const { from, place, mayWrite, eager, discard } = await take(run);
        await lane.use(async target => {
          const { exit } = await refusal(from, target, eager === undefined ? {} : { eager });
          expect([place, exit]).toEqual([place, 4]);
          expect([place, wrongBytes(target)]).toEqual([place, []]);
          if (!lane.wasWritten) {
            seen.unwritten++;
            return;
          }
          expect([place, mayWrite, await harmTo(target)]).toEqual([place, true, []]);
          // Now and then: the whole archive on top of it comes to what it would have come to.
          if (seen.right++ % 50 !== 0) return;
          await restoreInProcess({ ...intact(), target });
          await target.settle();
          const { differences, problems } = await compareFoundations(source, target);
          expect([place, differences, problems]).toEqual([place, [], []]);
        });
        if (discard !== undefined) await rm(discard, { recursive: true });
      });
      expect(seen.unwritten).toBeGreaterThan(0);
      if (take !== inPipe) expect(seen.right).toBeGreaterThan(0);
    },
    60_000 + FLIPS * 3_000,
  );
});

describe('an archive that was cut where an entry begins', () => {
  it.each([
    [
      'a file',
      async (cut: Buffer, at: number) => {
        const file = join(source.directory, `cut-${at}.tar`);
        await writeFile(file, cut);
        return file;
      },
    ],
    ['a pipe', async (cut: Buffer) => piped(cut)],
  ])('is refused as %s before anything is written', async (_, carry) => {
    const cuts = walk(whole).map(({ offset }) => offset);
    expect(cuts.length).toBeGreaterThan(50);
    await inLanes([...cuts, whole.length - 512], (at, lane) =>
      lane.use(async target => {
        const from = await carry(whole.subarray(0, at), at);
        const { exit } = await refusal(from, target);
        expect([at, exit, lane.wasWritten]).toEqual([at, 4, false]);
      }),
    );
  });
});

describe('parts of which two are swapped', () => {
  it("are refused for each two that have each other's data", async () => {
    const parts = (await readdir(await asParts('whole', () => undefined))).map((_, at) => at);
    const pairs = parts.flatMap(a => parts.slice(a + 1).map(b => [a, b] as const));
    expect(pairs.length).toBeGreaterThan(9);
    await inLanes(pairs, async ([a, b], lane) => {
      const from = await asParts(`swapped-${a}-${b}`, all => {
        const [one, other] = [all[a] ?? Buffer.alloc(0), all[b] ?? Buffer.alloc(0)];
        all[a] = Buffer.concat([one.subarray(0, FRONT_BYTES), other.subarray(FRONT_BYTES)]);
        all[b] = Buffer.concat([other.subarray(0, FRONT_BYTES), one.subarray(FRONT_BYTES)]);
      });
      await lane.use(async target => {
        const { exit } = await refusal(from, target);
        expect([a, b, exit, await harmTo(target)]).toEqual([a, b, 4, []]);
      });
    });
  });
});

describe('an archive that a reader must refuse', () => {
  const vectors: Record<string, { exit?: number }> = JSON.parse(
    readFileSync('test/vectors/expected.json', 'utf8'),
  );
  const invalid = Object.entries(vectors).filter(([, { exit }]) => exit !== undefined);

  const KORIFI = { korifi: 'current' } as const;
  /** From a pipe the archive that it leaves layers to is missed before its damage comes. */
  const WITHOUT_BASE = 'invalid-layer-of-base.tar';

  it('is not restored either, and nothing is written', async () => {
    expect(invalid.length).toBeGreaterThan(60);
    await inLanes(
      invalid,
      async ([file, { exit }], lane) => {
        const vector = join('test/vectors', file);
        for (const from of [vector, piped(await readFile(vector))]) {
          await lane.use(async target => {
            const failure = await refusal(from, target, {
              registry: 'registry.example.com',
              allow: ['Namespace/space'],
            });
            const expected = file === WITHOUT_BASE && from !== vector ? 5 : exit;
            expect([file, failure.exit, lane.wasWritten]).toEqual([file, expected, false]);
          });
        }
      },
      KORIFI,
    );
  });
});
