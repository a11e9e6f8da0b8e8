import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/base/errors.ts';
import { repositoryHints, takesChunks } from '../../src/registry/hints.ts';
import { parseRepository } from '../../src/registry/reference.ts';
import type { SandboxRegistry } from '../../src/sandbox/registry/server.ts';
import { type Fault, faulty } from '../faults/registry.ts';
import { client, descriptorOf, inChunks, patterned, registry } from './setting.ts';

const CHUNK = 200_000;
const SIZE = 900_000;

/** Pushes a blob in chunks, of which as much is held, and hands back how that went. */
async function pushed(server: SandboxRegistry, size = SIZE, chunkBytes = CHUNK, again = false) {
  const bytes = patterned(size);
  const { registries, retries } = client({ uploads: { chunk: chunkBytes, held: chunkBytes } });
  const pieces = () => inChunks(bytes, Math.ceil(chunkBytes * 0.15));
  const options = again ? { again: pieces } : {};
  await registries.pushBlob(parseRepository(`${server.host}/a`), descriptorOf(bytes), pieces(), options);
  expect(server.blob('a', descriptorOf(bytes).digest)).toEqual(bytes);
  const methods = server.requests.map(line => line.split(' ')[0]);
  return { retries, methods };
}

/** The same of a blob that can be read from any place; it says how often it was read from where. */
async function pushedFromFile(server: SandboxRegistry, size = SIZE) {
  const bytes = patterned(size);
  const { registries, retries } = client({ uploads: { chunk: CHUNK, held: CHUNK } });
  const reads: string[] = [];
  const read = (from: number, to: number) => {
    reads.push(`${from}-${to}`);
    return inChunks(bytes.subarray(from, to), 30_000);
  };
  await registries.pushBlob(parseRepository(`${server.host}/a`), descriptorOf(bytes), { read });
  expect(server.blob('a', descriptorOf(bytes).digest)).toEqual(bytes);
  const methods = server.requests.map(line => line.split(' ')[0]);
  return { reads, retries, methods };
}

const failing = (...faults: Fault[]) => registry({ intercept: faulty(...faults) });

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

describe('a registry that takes no chunks', () => {
  it.each([400, 404, 405, 416, 501])('and says so with %i gets the blob in one request', async status => {
    const server = await failing({ kind: 'status', status, on: /^PATCH/ });
    const { methods, retries } = await pushed(server);
    expect(methods).toEqual(['POST', 'PATCH', 'DELETE', 'POST', 'PUT']);
    expect(retries).toEqual([]);
  });

  it('gets one that passes again as a whole when its connection breaks, if that can be had', async () => {
    const faults: Fault[] = [
      { kind: 'status', status: 405, on: /^PATCH/ },
      { kind: 'reset-request', after: 500_000, on: /^PUT/, times: 1 },
    ];
    const { retries } = await pushed(await failing(...faults), SIZE, CHUNK, true);
    expect(retries).toHaveLength(1);
    await expect(pushed(await failing(...faults))).rejects.toMatchObject({ code: 'not-connected' });
  });

  it('is asked once', async () => {
    const server = await failing({ kind: 'status', status: 405, on: /^PATCH/ });
    const { registries } = client({ uploads: { chunk: CHUNK, held: CHUNK } });
    for (const seed of [1, 2]) {
      const bytes = patterned(SIZE, seed);
      const repository = parseRepository(`${server.host}/a`);
      await registries.pushBlob(repository, descriptorOf(bytes), inChunks(bytes));
    }
    expect(server.requests.filter(line => line.startsWith('PATCH'))).toHaveLength(1);
  });

  it('that refuses who asks is not asked in another way', async () => {
    const server = await failing({ kind: 'status', status: 403, on: /^PATCH/ });
    await expect(pushed(server)).rejects.toMatchObject({ code: 'registry-unauthorized' });
    expect(server.requests.map(line => line.split(' ')[0])).toEqual(['POST', 'PATCH', 'DELETE']);
  });
});

describe('a registry that counts wrongly', () => {
  /** As ECR and zot have done it: the first chunk's end for ever, or the chunk's own length. */
  it.each(['0-199999', '0-149999'])('(%s) gets every chunk once', async range => {
    const server = await failing({ kind: 'field', name: 'range', on: /^PATCH/, value: () => range });
    // Of the first chunk that is a count like any other.
    const first = range === '0-149999' ? 1 : 0;
    const chunk = first === 1 ? 150_000 : CHUNK;
    const { methods, retries } = await pushed(server, SIZE, chunk);
    expect(methods).toEqual(['POST', ...Array(Math.ceil(SIZE / chunk)).fill('PATCH'), 'PUT']);
    expect(retries).toEqual([]);
  });

  it('gets what it says that it lacks of a chunk', async () => {
    let chunks = 0;
    const server = await registry({
      intercept: faulty({
        kind: 'field',
        name: 'range',
        on: /^PATCH/,
        // It is asked again with what it has already, and refuses that; then it is asked where it is.
        value: said => (++chunks === 2 ? '0-299999' : said),
      }),
    });
    const { retries, methods } = await pushedFromFile(server);
    expect(retries).toHaveLength(1);
    expect(methods.filter(method => method === 'POST')).toHaveLength(1);
  });

  it('and breaks off then gets the blob from its beginning', async () => {
    const stuck = { kind: 'field', name: 'range', value: () => '0-199999' } as const;
    let chunks = 0;
    const server = await registry({
      intercept: (request, response) => {
        if (request.method === 'PATCH' && ++chunks === 4) {
          response.socket?.resetAndDestroy();
          return true;
        }
        return faulty({ ...stuck, on: /^(PATCH|GET)/ })(request, response);
      },
    });
    const { reads } = await pushedFromFile(server);
    expect(reads.filter(read => read === '0-200000')).toHaveLength(2);
  });

  it('and refuses the whole gets it in one request', async () => {
    const server = await failing({ kind: 'status', status: 400, on: /^PUT/, times: 1 });
    const { methods } = await pushedFromFile(server);
    expect(methods.slice(-4)).toEqual(['PUT', 'DELETE', 'POST', 'PUT']);
  });

  it('and refuses the whole is not sent what cannot be had again', async () => {
    const body = '{"errors":[{"code":"DIGEST_INVALID"}]}';
    const server = await failing({ kind: 'status', status: 400, body, on: /^PUT/ });
    await expect(pushed(server)).rejects.toMatchObject({
      code: 'registry-error',
      message: `${server.host} answered 400: DIGEST_INVALID`,
    });
  });
});

describe('a registry that answers in another way than the specification', () => {
  it.each([
    ['POST', 200],
    ['PATCH', 204],
    ['PUT', 200],
    ['PUT', 202],
  ])('to %s with %i has done what it was asked', async (method, status) => {
    for (const size of [CHUNK, SIZE]) {
      await pushed(await failing({ kind: 'done-as', status, on: new RegExp(`^${method}`) }), size);
    }
  });

  it('to a manifest with 202 has it', async () => {
    const server = await failing({ kind: 'done-as', status: 202, on: /^PUT .*manifests/ });
    const bytes = Buffer.from('{"schemaVersion":2}');
    const manifest = { descriptor: descriptorOf(bytes, 'application/vnd.oci.image.index.v1+json'), bytes };
    await client().registries.pushManifest(parseRepository(`${server.host}/a`), manifest, 'v1');
    expect(server.requests).toHaveLength(1);
  });

  it('by sending an upload to another place is followed', async () => {
    const server = await failing({
      ...{ kind: 'redirect', on: /^POST \/v2\/a\//, times: 1 },
      to: path => path.replace('/a/', '/b/'),
    });
    const bytes = patterned(10);
    const { registries } = client();
    await registries.pushBlob(parseRepository(`${server.host}/a`), descriptorOf(bytes), inChunks(bytes));
    expect(server.has('b', descriptorOf(bytes).digest)).toBe(true);
  });

  it('by breaking off the first chunk each time gets the blob in one request', async () => {
    const server = await failing({ kind: 'reset-request', after: 0, on: /^PATCH/ });
    const { retries, methods } = await pushedFromFile(server);
    expect(retries).toHaveLength(3);
    expect(methods.slice(-2)).toEqual(['POST', 'PUT']);
  });

  it('to the end of a session with a failure is not asked again', async () => {
    const server = await failing({ kind: 'status', status: 500, on: /^DELETE/ });
    const { registries, retries } = client();
    await registries.checkWritable(parseRepository(`${server.host}/a`));
    expect(retries).toEqual([]);
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

describe('a repository that has to be there first', () => {
  it.each([
    ['123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app', 'aws ecr create-repository --region eu-west-1'],
    ['europe-docker.pkg.dev/project/images/app', 'gcloud artifacts repositories create images'],
    ['docker.io/team/apps/one', 'Docker Hub has no deeper names than NAMESPACE/NAME'],
    ['harbor.example.com/team/app', 'want team/app, or its project team, to be created first'],
  ])('%s: the hint says what makes it', (text, hint) => {
    expect(repositoryHints(parseRepository(text))).toEqual([expect.stringContaining(hint)]);
  });

  it.each([
    ['eu.gcr.io', false],
    ['europe-docker.pkg.dev', false],
    ['ghcr.io', false],
    ['123456789012.dkr.ecr.eu-west-1.amazonaws.com', false],
    ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', false],
    ['ghcr.io.example.com', true],
    ['registry.example.com:5000', true],
  ])('at %s gets chunks: %s', (host, chunks) => {
    expect(takesChunks(host)).toBe(chunks);
  });

  it('is told with the refusal', async () => {
    const body = '{"errors":[{"code":"NAME_UNKNOWN","message":"no such repository"}]}';
    const server = await failing({ kind: 'status', status: 404, body, on: /^POST/ });
    const attempt = client().registries.checkWritable(parseRepository(`${server.host}/team/app`));
    await expect(attempt).rejects.toMatchObject({
      message: `${server.host} answered 404: NAME_UNKNOWN: no such repository`,
      hints: ['some registries want team/app, or its project team, to be created first'],
    });
  });
});
