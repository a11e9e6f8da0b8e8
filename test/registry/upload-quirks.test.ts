import { describe, expect, it } from 'vitest';
import { repositoryHints, takesChunks } from '../../src/registry/hints.ts';
import { parseRepository } from '../../src/registry/reference.ts';
import { type Fault, faulty } from '../faults/registry.ts';
import { client, descriptorOf, inChunks, patterned, registry } from './setting.ts';
import { CHUNK, failing, pushed, pushedFromFile, SIZE } from './uploading.ts';

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
