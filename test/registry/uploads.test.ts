import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/base/errors.ts';
import { parseRepository } from '../../src/registry/reference.ts';
import { type Fault, faulty } from '../faults/registry.ts';
import { client, descriptorOf, patterned, registry } from './setting.ts';
import { CHUNK, failing, pushed, pushedFromFile, SIZE } from './uploading.ts';

describe('a blob', () => {
  it('that fits in a chunk is sent in one request', async () => {
    const { methods } = await pushed(await registry(), CHUNK);
    expect(methods).toEqual(['POST', 'PUT']);
  });

  it('that is larger is sent in chunks', async () => {
    const server = await registry();
    const { methods, retries } = await pushed(server);
    expect(server.openUploads).toBe(0);
    expect(methods).toEqual(['POST', ...Array(5).fill('PATCH'), 'PUT']);
    expect(retries).toEqual([]);
  });

  it('goes in chunks of the length that the registry wants at least', async () => {
    const server = await registry({
      intercept: (request, response) => {
        if (request.method === 'POST') response.setHeader('oci-chunk-min-length', '300000');
        return false;
      },
    });
    const { methods } = await pushed(server);
    expect(methods).toEqual(['POST', ...Array(3).fill('PATCH'), 'PUT']);
  });

  it.each([0, 1, 199_999, 200_000, 200_001, 420_000])('of %i bytes arrives whole', async size => {
    await pushed(await registry(), size);
  });
});

describe('a connection that breaks', () => {
  it.each([
    ['before the only request', { kind: 'reset', after: -1, on: /^PUT/, times: 2 }],
    ['in the middle of it', { kind: 'reset-request', after: 70_000, on: /^PUT/, times: 2 }],
  ] as [string, Fault][])('%s: the blob is sent again as a whole', async (_, fault) => {
    const { retries, methods } = await pushed(await failing(fault), CHUNK);
    expect(retries).toHaveLength(2);
    expect(methods.filter(method => method === 'POST')).toHaveLength(3);
  });

  it('after the blob has arrived: it is looked for and not sent again', async () => {
    for (const size of [CHUNK, SIZE]) {
      const server = await failing({ kind: 'lose-answer', on: /^PUT/, times: 1 });
      const { methods } = await pushed(server, size);
      expect(methods.filter(method => method === 'PUT')).toHaveLength(1);
      expect(methods.at(-1)).toBe('HEAD');
    }
  });

  it('before a chunk: the chunk is sent again', async () => {
    const { retries } = await pushed(await failing({ kind: 'reset', after: -1, on: /^PATCH/, times: 3 }));
    expect(retries).toHaveLength(3);
  });

  it.each([2, 30_000, 100_001, 199_999])('%i bytes into a chunk: the upload goes on there', async after => {
    const fault = { kind: 'reset-request', after, on: /^PATCH/, times: 1 } as const;
    const { retries, methods } = await pushed(await failing(fault));
    expect(retries).toHaveLength(1);
    expect(methods.filter(method => method === 'GET')).toHaveLength(1);
    expect(methods.filter(method => method === 'POST')).toHaveLength(1);
  });

  it.each([0, 1])('%i bytes into the first chunk: the blob is begun anew', async after => {
    const { methods } = await pushed(await failing({ kind: 'reset-request', after, on: /^PATCH/, times: 1 }));
    expect(methods.slice(0, 5)).toEqual(['POST', 'PATCH', 'GET', 'DELETE', 'POST']);
  });

  it('after a chunk has arrived: the upload goes on behind it', async () => {
    const { methods } = await pushed(await failing({ kind: 'lose-answer', on: /^PATCH/, times: 2 }));
    expect(methods.filter(method => method === 'PATCH')).toHaveLength(5);
  });

  it('at any byte, in any request, once, costs nothing but a repetition', async () => {
    const methods = fc.constantFrom('POST', 'PATCH', 'PUT');
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 100_000 }),
        methods,
        fc.integer({ min: -1, max: 40_000 }),
        async (size, method, after) => {
          const on = new RegExp(`^${method}`);
          const fault =
            after < 0 ? { kind: 'lose-answer' as const } : { kind: 'reset-request' as const, after };
          await pushed(await failing({ ...fault, on, times: 1 }), size, 20_000);
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe('a registry that loses an upload', () => {
  const gone = { kind: 'status', status: 404, body: '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}' } as const;

  it('in its first chunk gets it from the beginning', async () => {
    const { methods } = await pushed(
      await failing(
        { kind: 'reset-request', after: 1000, on: /^PATCH/, times: 1 },
        { ...gone, on: /^GET .*uploads/, times: 1 },
      ),
    );
    expect(methods.filter(method => method === 'POST')).toHaveLength(2);
  });

  /** Loses an upload in its third chunk, so many times. */
  function forgetful(times: number) {
    let chunks = 0;
    const lose = faulty({ ...gone, on: /^GET .*uploads/, times });
    return registry({
      intercept: (request, response) => {
        if (request.method === 'PATCH' && ++chunks === 3) {
          response.socket?.resetAndDestroy();
          return true;
        }
        return lose(request, response);
      },
    });
  }

  it('later gets it from the beginning too, where that can be had', async () => {
    const { methods } = await pushed(await forgetful(1), SIZE, CHUNK, true);
    expect(methods.filter(method => method === 'PATCH')).toHaveLength(8);
  });

  it('later is named otherwise, with how far it was', async () => {
    const server = await forgetful(1);
    await expect(pushed(server)).rejects.toMatchObject({
      code: 'registry-error',
      message: 'the registry lost the upload after 400000 bytes',
      hints: ['run it again: what has arrived whole is not sent again'],
    });
    await expect.poll(() => server.openUploads).toBe(0);
  });
});

describe('a blob that can be read from any place', () => {
  it.each([0, 1, CHUNK, CHUNK + 1, SIZE])('of %i bytes arrives whole, and is read once', async size => {
    const { reads } = await pushedFromFile(await registry(), size);
    expect(reads).toHaveLength(Math.max(1, Math.ceil(size / CHUNK)));
  });

  it('goes on where the registry is when a connection breaks', async () => {
    const fault = { kind: 'reset-request', after: 70_000, on: /^PATCH/, times: 1 } as const;
    const { reads, methods } = await pushedFromFile(await failing(fault));
    expect(reads.slice(0, 2)).toEqual(['0-200000', expect.stringMatching(/^[1-9]\d*-\d+$/)]);
    expect(methods.filter(method => method === 'POST')).toHaveLength(1);
  });

  it('is begun anew when the registry loses it, at any length', async () => {
    let chunks = 0;
    const gone = faulty({ kind: 'status', status: 404, on: /^GET .*uploads/, times: 1 });
    const server = await registry({
      intercept: (request, response) => {
        if (request.method !== 'PATCH' || ++chunks !== 3) return gone(request, response);
        response.socket?.resetAndDestroy();
        return true;
      },
    });
    const { reads } = await pushedFromFile(server);
    expect(reads.filter(read => read === '0-200000')).toHaveLength(2);
  });

  it('is sent again as a whole where no chunks are taken', async () => {
    const server = await failing(
      { kind: 'status', status: 405, on: /^PATCH/ },
      { kind: 'reset-request', after: 500_000, on: /^PUT/, times: 2 },
    );
    const { retries, reads } = await pushedFromFile(server);
    expect(retries).toHaveLength(2);
    expect(reads.filter(read => read === `0-${SIZE}`)).toHaveLength(3);
  });

  it('is sent again when the login ends in the middle of its only request', async () => {
    const server = await failing({ kind: 'status', status: 401, on: /^PUT/, times: 1 });
    expect((await pushedFromFile(server, CHUNK)).retries).toHaveLength(1);
  });

  it('that turns out to be damaged never becomes a blob', async () => {
    for (const size of [CHUNK, SIZE]) {
      const server = await registry();
      const bytes = patterned(size);
      const { registries } = client({ uploads: { chunk: CHUNK, held: CHUNK } });
      const damage = new Failure('damaged', 'its bytes do not have the digest');
      const read = async function* (from: number, to: number) {
        yield bytes.subarray(from, to - 1);
        if (to === size) throw damage;
        yield bytes.subarray(to - 1, to);
      };
      const push = registries.pushBlob(parseRepository(`${server.host}/a`), descriptorOf(bytes), { read });
      await expect(push).rejects.toBe(damage);
      expect(server.has('a', descriptorOf(bytes).digest)).toBe(false);
      await expect.poll(() => server.openUploads).toBe(0);
    }
  });
});
