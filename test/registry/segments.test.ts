import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/base/digest.ts';
import { Flow } from '../../src/base/flow.ts';
import { BLOBS_IN_FLIGHT, PART_BYTES, PARTS_BYTES, TRANSFERS_IN_FLIGHT } from '../../src/base/limits.ts';
import { parseRepository } from '../../src/registry/reference.ts';
import type { BlobSource, Registries } from '../../src/registry/registry.ts';
import type { SandboxRegistry } from '../../src/sandbox/registry/server.ts';
import { type Fault, faulty } from '../faults/registry.ts';
import { client, descriptorOf, patterned, registry } from './setting.ts';

const MiB = 1024 * 1024;

function seed(server: SandboxRegistry, blobs: readonly Buffer[], path = 'a'): BlobSource[] {
  return blobs.map(bytes => {
    server.pushBlob(path, bytes);
    return { descriptor: descriptorOf(bytes), repositories: [parseRepository(`${server.host}/${path}`)] };
  });
}

async function collect(
  registries: Registries,
  wanted: readonly BlobSource[],
  options?: Parameters<Registries['blobs']>[1],
): Promise<Buffer[]> {
  const got: Buffer[][] = wanted.map(() => []);
  let last = 0;
  for await (const { index, chunk } of registries.blobs(wanted, options)) {
    expect(index).toBeGreaterThanOrEqual(last);
    last = index;
    got[index]?.push(Buffer.from(chunk));
  }
  return got.map(chunks => Buffer.concat(chunks));
}

/** Holds answers back until so many requests have come, and a little longer: how many there were at most by then. */
function held(until: number): { intercept: () => Promise<boolean>; most: () => number } {
  let now = 0;
  let most = 0;
  let isOpen = false;
  const full = Promise.withResolvers<void>();
  const open = () => {
    isOpen = true;
    full.resolve();
  };
  const intercept = async () => {
    if (!isOpen) most = Math.max(most, ++now);
    if (now === until) setTimeout(open, 50);
    await full.promise;
    return false;
  };
  return { intercept, most: () => most };
}

describe('blobs', () => {
  const blobs = [
    Buffer.alloc(0),
    patterned(1, 1),
    patterned(PART_BYTES, 2),
    patterned(PART_BYTES + 1, 3),
    patterned(40_000, 4),
    patterned(3 * PART_BYTES - 1, 5),
    patterned(40_000, 4),
  ];

  it('come in order, each as it is, and an empty one is not passed over', async () => {
    const server = await registry();
    const { registries } = client();
    const wanted = seed(server, blobs);
    const progress = blobs.map((): number[] => []);
    const got = await collect(registries, wanted, {
      onProgress: (index, bytes) => progress[index]?.push(bytes),
    });
    expect(got.map(digestOf)).toEqual(blobs.map(digestOf));
    expect(progress.map(told => told.at(-1))).toEqual(blobs.map(({ length }) => length));
    for (const told of progress) expect(told).toEqual([...new Set(told)].sort((a, b) => a - b));
    // One part: what has come of it is told before all of it has.
    expect(progress[2]?.length).toBeGreaterThan(1);
  });

  it('of none are none', async () => {
    expect(await collect(client().registries, [])).toEqual([]);
  });

  it.each([
    { requests: BLOBS_IN_FLIGHT, atOnce: 1, why: 'near, where a request costs more than it brings' },
    { requests: 1.5 * BLOBS_IN_FLIGHT, atOnce: 2, why: 'where two bring more than one' },
    { requests: TRANSFERS_IN_FLIGHT, atOnce: TRANSFERS_IN_FLIGHT / 2, why: 'far, within the memory' },
  ])('a large one is asked for by $atOnce requests at once $why', async ({ requests, atOnce }) => {
    const several = held(atOnce);
    const server = await registry(several);
    const flow = new Flow(requests);
    await collect(client({ flow }).registries, seed(server, [patterned(1.5 * PARTS_BYTES)]));
    expect(several.most()).toBe(atOnce);
  });

  it('small ones are asked for side by side', async () => {
    const several = held(BLOBS_IN_FLIGHT);
    const server = await registry(several);
    const small = Array.from({ length: 40 }, (_, n) => patterned(500, n));
    await collect(client().registries, seed(server, small));
    expect(several.most()).toBe(BLOBS_IN_FLIGHT);
  });

  it('are asked for no more at a time than the flow allows, from one moment to the next', async () => {
    const several = held(3);
    const server = await registry(several);
    const flow = new Flow(BLOBS_IN_FLIGHT, 3);
    const wanted = seed(
      server,
      Array.from({ length: 12 }, (_, n) => patterned(500, n)),
    );
    const reading = client({ flow }).registries.blobs(wanted);
    await reading.next();
    expect(several.most()).toBe(3);
    flow.pause();
    const before = server.requests.length;
    for (let passed = 1; passed < before; passed++) await reading.next();
    const following = reading.next();
    await new Promise(resolve => setTimeout(resolve, 30));
    expect(server.requests.length).toBe(before);
    flow.resume();
    expect((await following).value?.index).toBe(before);
    await reading.return(undefined);
  });

  it('are not asked for further ahead than somebody reads', async () => {
    const server = await registry();
    const { registries } = client();
    const wanted = seed(server, [patterned(PARTS_BYTES * 2)]);
    const reading = registries.blobs(wanted);
    await reading.next();
    await new Promise(resolve => setTimeout(resolve, 100));
    await reading.return(undefined);
    expect(server.requests.length).toBeLessThanOrEqual(PARTS_BYTES / PART_BYTES + 1);
  });

  it('are had from the next repository that has them', async () => {
    const server = await registry();
    const bytes = patterned(3 * PART_BYTES);
    const [source] = seed(server, [bytes], 'has');
    const repositories = ['none', 'neither', 'has'].map(path => parseRepository(`${server.host}/${path}`));
    const wanted = [{ descriptor: descriptorOf(bytes), repositories }];
    expect(source).toBeDefined();
    const [got] = await collect(client().registries, wanted);
    expect(got?.equals(bytes)).toBe(true);
  });

  it('that no repository has end all, by name', async () => {
    const server = await registry();
    const wanted = seed(server, [patterned(10), patterned(20)]);
    server.deleteBlob('a', descriptorOf(patterned(20)).digest);
    await expect(collect(client().registries, wanted)).rejects.toMatchObject({
      code: 'registry-missing',
      subject: `${server.host}/a@${descriptorOf(patterned(20)).digest}`,
    });
  });

  it.each([10, PART_BYTES * 2])('of %i bytes that are other bytes never come to their end', async size => {
    const server = await registry({ intercept: faulty({ kind: 'wrong-bytes', on: /^GET .*blobs/ }) });
    const bytes = patterned(size);
    let passed = 0;
    const read = async () => {
      for await (const { chunk } of client().registries.blobs(seed(server, [bytes]))) passed += chunk.length;
    };
    await expect(read()).rejects.toMatchObject({ code: 'content-mismatch' });
    expect(passed).toBeLessThan(size);
  });

  it('whose stated size is another end all', async () => {
    const server = await registry();
    for (const [size, off] of [
      [100, 1],
      [100, -1],
      [PART_BYTES + 100, 1],
      [PART_BYTES + 100, -1],
      [PART_BYTES, PART_BYTES],
    ] as const) {
      const [source] = seed(server, [patterned(size)]);
      const descriptor = { ...descriptorOf(patterned(size)), size: size + off };
      const wanted = [{ descriptor, repositories: source?.repositories ?? [] }];
      await expect(collect(client().registries, wanted)).rejects.toMatchObject({ code: 'content-mismatch' });
    }
  });

  it('end with the reason of a signal', async () => {
    const server = await registry({ intercept: faulty({ kind: 'drip', bytes: 1000, delayMs: 20 }) });
    const controller = new AbortController();
    const reading = collect(client().registries, seed(server, [patterned(MiB)]), {
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await expect(reading).rejects.toThrow('enough');
  });
});

describe('a registry without ranges', () => {
  const blobs = [patterned(PART_BYTES + MiB), patterned(100), patterned(PART_BYTES + 1, 2)];

  it('is read as one stream a blob', async () => {
    const server = await registry({ intercept: faulty({ kind: 'no-ranges' }) });
    const got = await collect(client().registries, seed(server, blobs));
    expect(got.map(digestOf)).toEqual(blobs.map(digestOf));
  });

  it('is read again from the start when a stream breaks off, and nothing comes twice', async () => {
    const noRanges = faulty({ kind: 'no-ranges' });
    let streams = 0;
    const broken = faulty({ kind: 'reset', after: 3 * MiB, times: 2 });
    const server = await registry({
      intercept: (request, response) => {
        const streamed = request.headers.range === undefined;
        noRanges(request, response);
        if (streamed) streams++;
        return streamed && broken(request, response);
      },
    });
    const { registries, retries } = client();
    const got = await collect(registries, seed(server, blobs.slice(0, 1)));
    expect(got.map(digestOf)).toEqual(blobs.slice(0, 1).map(digestOf));
    expect(streams).toBe(3);
    expect(retries.map(({ attempt }) => attempt)).toEqual([1, 1]);
  });

  it('that forgets in the middle of a blob that it had ranges is no trouble', async () => {
    const noRanges = faulty({ kind: 'no-ranges' });
    const server = await registry({
      intercept: (request, response) => {
        if (!request.headers.range?.startsWith('bytes=0-')) noRanges(request, response);
        return false;
      },
    });
    const got = await collect(client().registries, seed(server, blobs));
    expect(got.map(digestOf)).toEqual(blobs.map(digestOf));
  });
});

describe('a fault', () => {
  const passing = fc.oneof(
    fc.record({
      kind: fc.constantFrom('reset' as const, 'truncate' as const),
      after: fc.integer({ min: -1, max: 6000 }),
    }),
    fc.record({ kind: fc.constant('status' as const), status: fc.constantFrom(429, 500, 502, 503) }),
    fc.constant({ kind: 'overlong' as const }),
    fc.constant({ kind: 'chunked' as const }),
    fc.constant({ kind: 'no-ranges' as const }),
    fc.constant({ kind: 'drip' as const, bytes: 2 * MiB, delayMs: 1 }),
    fc.constant({ kind: 'redirect' as const, to: (path: string) => `${path}?again` }),
  );

  it('that passes costs its part, and every byte is right, whatever the blobs and the faults', async () => {
    const sizes = fc.array(
      fc.oneof(
        { weight: 6, arbitrary: fc.nat(5000) },
        { weight: 1, arbitrary: fc.integer({ min: PART_BYTES - 1, max: 2 * PART_BYTES + 1 }) },
      ),
      { minLength: 1, maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(sizes, fc.array(passing, { maxLength: 4 }), async (lengths, kinds) => {
        const faults = kinds.map(kind => ({ ...kind, times: 1, on: /^GET [^?]*$/ }) as Fault);
        const server = await registry({ intercept: faulty(...faults) });
        const blobs = lengths.map((length, n) => patterned(length, n));
        const { registries } = client({ retry: { attempts: 9 } });
        const got = await collect(registries, seed(server, blobs));
        expect(got.map(digestOf)).toEqual(blobs.map(digestOf));
        await registries.close();
        await server.stop();
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    [{ kind: 'reset', after: 1_000_000 }, 'not-connected'],
    [{ kind: 'wrong-range' }, 'content-mismatch'],
    [{ kind: 'status', status: 503 }, 'registry-error'],
    [{ kind: 'status', status: 403 }, 'registry-unauthorized'],
    [{ kind: 'status', status: 204 }, 'content-mismatch'],
    [{ kind: 'field', name: 'content-length', value: said => String(Number(said) - 1) }, 'content-mismatch'],
    [{ kind: 'field', name: 'content-length', value: said => String(Number(said) + 1) }, 'content-mismatch'],
    [{ kind: 'wrong-bytes' }, 'content-mismatch'],
  ] as [Fault, string][])('that stays ends all: %j', async (fault, code) => {
    const server = await registry({ intercept: faulty({ ...fault, on: /^GET .*blobs/ }) });
    const wanted = seed(server, [patterned(9 * MiB)]);
    const parts = { part: MiB, all: 4 * MiB };
    await expect(collect(client({ parts }).registries, wanted)).rejects.toMatchObject({ code });
  });

  it('in one part is the retry of one part, and what follows is asked for anew', async () => {
    const reset = faulty({ kind: 'reset', after: 1_000_000, times: 1 });
    const ranges: (string | undefined)[] = [];
    const server = await registry({
      intercept: (request, response) => {
        ranges.push(request.headers.range);
        return reset(request, response);
      },
    });
    const { registries, retries } = client();
    await collect(registries, seed(server, [patterned(3 * PART_BYTES)]));
    expect(ranges.sort()).toEqual([
      `bytes=0-${PART_BYTES - 1}`,
      `bytes=${PART_BYTES}-${3 * PART_BYTES - 1}`,
      undefined,
    ]);
    expect(retries).toMatchObject([{ attempt: 1, reason: 'the connection broke' }]);
  });
});
