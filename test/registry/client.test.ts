import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/base/digest.ts';
import { MEDIA } from '../../src/registry/descriptor.ts';
import { parseReference, parseRepository } from '../../src/registry/reference.ts';
import { faulty } from '../faults/registry.ts';
import { client, descriptorOf, inChunks, patterned, registry } from './setting.ts';

describe('manifests', () => {
  it('are had by tag and by digest with their very bytes', async () => {
    const server = await registry();
    const image = server.pushImage('team/app', { layers: [Buffer.from('layer')], tag: 'v1' });
    const { registries } = client();
    for (const text of [`${server.host}/team/app:v1`, image.reference]) {
      const { descriptor, bytes } = await registries.manifest(parseReference(text));
      expect(descriptor).toEqual({ mediaType: MEDIA.dockerManifest, digest: image.digest, size: image.size });
      expect(bytes).toEqual(server.manifest('team/app', image.digest));
      expect(await registries.hasManifest(parseReference(text))).toBe(image.digest);
    }
  });

  it('that are not there are missing by name, and absent for a HEAD', async () => {
    const server = await registry();
    const { registries } = client();
    const reference = parseReference(`${server.host}/team/app:v1`);
    await expect(registries.manifest(reference)).rejects.toMatchObject({
      code: 'registry-missing',
      message: `${server.host} answered 404: MANIFEST_UNKNOWN: manifest unknown: v1`,
      subject: `${server.host}/team/app:v1`,
    });
    expect(await registries.hasManifest(reference)).toBeUndefined();
  });

  it('that are not what their digest names are refused', async () => {
    const server = await registry({ intercept: faulty({ kind: 'wrong-bytes' }) });
    const image = server.pushImage('a', { layers: [], tag: 'v1' });
    const { registries } = client();
    for (const text of [image.reference, `${server.host}/a:v1`]) {
      await expect(registries.manifest(parseReference(text))).rejects.toMatchObject({
        code: 'content-mismatch',
      });
    }
  });

  it('in the schema 1 format are refused by that name', async () => {
    const server = await registry();
    server.pushManifest('a', { schemaVersion: 1, fsLayers: [] }, MEDIA.dockerSchema1Signed, 'old');
    const { registries } = client();
    await expect(registries.manifest(parseReference(`${server.host}/a:old`))).rejects.toThrow('schema 1');
  });

  it('larger than any registry takes are not read to their end', async () => {
    const body = JSON.stringify({ filler: 'x'.repeat(5 * 1024 * 1024) });
    const server = await registry({ intercept: faulty({ kind: 'status', status: 200, body }) });
    const { registries } = client();
    await expect(registries.manifest(parseReference(`${server.host}/a:v1`))).rejects.toThrow(
      'more than 4194304 bytes',
    );
  });

  it.each([
    [{ manifests: [] }, undefined, MEDIA.ociIndex],
    [{ layers: [] }, undefined, MEDIA.ociManifest],
    [{ layers: [] }, 'application/json', MEDIA.ociManifest],
    [{ layers: [] }, `${MEDIA.dockerManifest}; charset=utf-8`, MEDIA.dockerManifest],
    [{ manifests: [], mediaType: MEDIA.dockerIndex }, MEDIA.ociManifest, MEDIA.dockerIndex],
  ])(
    'that are %j, sent as %s, are of the type %s, whether the registry says the digest or not',
    async (json, sent, type) => {
      const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, ...json }));
      const server = await registry({
        intercept: (_, response) => {
          response.writeHead(200, { ...(sent !== undefined && { 'content-type': sent }) }).end(bytes);
          return true;
        },
      });
      const { registries } = client();
      const reference = parseReference(`${server.host}/a:v1`);
      const descriptor = descriptorOf(bytes, type);
      expect((await registries.manifest(reference)).descriptor).toEqual(descriptor);
      // Of a HEAD that does not tell it is found out by a GET.
      expect(await registries.hasManifest(reference)).toBe(descriptor.digest);
      expect(server.requests.slice(1)).toEqual(['HEAD /v2/a/manifests/v1', 'GET /v2/a/manifests/v1']);
    },
  );

  it('are pushed under a digest or a tag', async () => {
    const server = await registry();
    const { registries } = client();
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests: [] }));
    const manifest = { descriptor: descriptorOf(bytes, MEDIA.ociIndex), bytes };
    const repository = parseRepository(`${server.host}/a`);
    await registries.pushManifest(repository, manifest);
    expect(server.manifest('a', manifest.descriptor.digest)).toEqual(bytes);
    expect(server.tags('a')).toEqual([]);
    await registries.pushManifest(repository, manifest, 'v1');
    expect(server.tags('a')).toEqual(['v1']);
  });

  it('whose blobs are not there are refused in the words of the registry', async () => {
    const server = await registry();
    const { registries } = client();
    const config = descriptorOf(Buffer.from('{}'));
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, config, layers: [] }));
    const manifest = { descriptor: descriptorOf(bytes, MEDIA.ociManifest), bytes };
    await expect(
      registries.pushManifest(parseRepository(`${server.host}/a`), manifest, 'v1'),
    ).rejects.toMatchObject({
      code: 'registry-error',
      message: `${server.host} answered 400: MANIFEST_BLOB_UNKNOWN: blob unknown to registry: ${config.digest}`,
    });
  });
});

describe('small blobs', () => {
  const bytes = Buffer.from('{"config": true}');

  it('are had as a whole, and asked for with HEAD', async () => {
    const server = await registry();
    const digest = server.pushBlob('a', bytes);
    const { registries } = client();
    const repository = parseRepository(`${server.host}/a`);
    expect(await registries.smallBlob(repository, descriptorOf(bytes), 100)).toEqual(bytes);
    expect(await registries.hasBlob(repository, digest)).toBe(true);
    expect(await registries.hasBlob(repository, digestOf('another'))).toBe(false);
  });

  it('that state more than the limit are not asked for', async () => {
    const server = await registry();
    const { registries } = client();
    const attempt = async () =>
      registries.smallBlob(parseRepository(`${server.host}/a`), descriptorOf(bytes), 5);
    await expect(attempt()).rejects.toThrow('16 bytes, and 5 are the most');
    expect(server.requests).toEqual([]);
  });

  it.each([{ kind: 'wrong-bytes' } as const, { kind: 'chunked' } as const])(
    'that lie about themselves are refused: $kind',
    async fault => {
      const server = await registry({ intercept: faulty(fault) });
      server.pushBlob('a', bytes);
      const { registries } = client();
      const { digest, mediaType } = descriptorOf(bytes);
      const size = fault.kind === 'chunked' ? 10 : bytes.length;
      await expect(
        registries.smallBlob(parseRepository(`${server.host}/a`), { digest, mediaType, size }, 100),
      ).rejects.toMatchObject({ code: 'content-mismatch', subject: `${server.host}/a@${digest}` });
    },
  );
});

describe('uploads', () => {
  it.each([10, 1024 * 1024 + 1])('of %i bytes arrive, and leave no session', async size => {
    const server = await registry();
    const { registries } = client();
    const bytes = patterned(size);
    await registries.pushBlob(parseRepository(`${server.host}/a`), descriptorOf(bytes), inChunks(bytes));
    expect(server.blob('a', digestOf(bytes))).toEqual(bytes);
    expect(server.openUploads).toBe(0);
  });

  it.each([
    ['too long', 3_000_000, -1, 'more than its'],
    ['too short', 3_000_000, 1, 'ends 1 bytes early'],
    ['too short and small', 30, 1, 'ends 1 bytes early'],
  ])('of a body that is %s fail and are cancelled', async (_, size, off, message) => {
    const server = await registry();
    const { registries } = client();
    const bytes = patterned(size);
    const descriptor = { ...descriptorOf(bytes), size: size + off };
    await expect(
      registries.pushBlob(parseRepository(`${server.host}/a`), descriptor, inChunks(bytes)),
    ).rejects.toMatchObject({ code: 'content-mismatch', message: expect.stringContaining(message) });
    await expect.poll(() => server.openUploads).toBe(0);
    expect(server.has('a', descriptor.digest)).toBe(false);
  });

  it.each([30, 3_000_000])('of %i other bytes than the digest names never arrive', async size => {
    const server = await registry();
    const { registries } = client();
    const descriptor = { ...descriptorOf(patterned(size)), digest: digestOf('another') };
    await expect(
      registries.pushBlob(parseRepository(`${server.host}/a`), descriptor, inChunks(patterned(size))),
    ).rejects.toMatchObject({ code: 'content-mismatch', message: 'the blob is not what its digest names' });
    expect(server.repositories()).toEqual([]);
    await expect.poll(() => server.openUploads).toBe(0);
  });

  it('whose source fails end with its error and are cancelled', async () => {
    const server = await registry();
    const { registries } = client();
    const bytes = patterned(3_000_000);
    const broken = async function* () {
      yield bytes.subarray(0, 1_000_000);
      throw new Error('the disk is gone');
    };
    await expect(
      registries.pushBlob(parseRepository(`${server.host}/a`), descriptorOf(bytes), broken()),
    ).rejects.toThrow('the disk is gone');
    await expect.poll(() => server.openUploads).toBe(0);
  });

  it('go where the registry says, relative or absolute, with its own query kept', async () => {
    for (const absolute of [false, true]) {
      const puts: string[] = [];
      const server = await registry({
        intercept: (request, response) => {
          if (request.method === 'POST') {
            const location = `${absolute ? `http://${request.headers.host}` : ''}/v2/a/blobs/uploads/x?state=a%2Bb`;
            response.writeHead(202, { location }).end();
          } else {
            puts.push(request.url ?? '');
            request.resume().on('end', () => response.writeHead(201).end());
          }
          return true;
        },
      });
      const { registries } = client();
      const bytes = Buffer.from('x');
      await registries.pushBlob(parseRepository(`${server.host}/a`), descriptorOf(bytes), inChunks(bytes));
      expect(puts).toEqual([
        `/v2/a/blobs/uploads/x?state=a%2Bb&digest=${encodeURIComponent(digestOf(bytes))}`,
      ]);
    }
  });

  it('are replaced by a mount where the registry allows it', async () => {
    const server = await registry();
    const digest = server.pushBlob('from', Buffer.from('layer'));
    const { registries } = client();
    const [to, from] = [parseRepository(`${server.host}/to`), parseRepository(`${server.host}/from`)];
    expect(await registries.mountBlob(to, digest, from)).toBe(true);
    expect(server.has('to', digest)).toBe(true);
    const elsewhere = parseRepository('elsewhere.example.com/from');
    expect(await registries.mountBlob(to, digest, elsewhere)).toBe(false);
  });

  it('are left for the caller when a mount is refused, without an open session', async () => {
    const faults = [
      { kind: 'refuse-mount' },
      { kind: 'status', status: 403, on: /mount/ },
      { kind: 'status', status: 500, on: /mount/ },
    ] as const;
    for (const fault of faults) {
      const server = await registry({ intercept: faulty(fault) });
      const digest = server.pushBlob('from', Buffer.from('layer'));
      const { registries } = client();
      const [to, from] = [parseRepository(`${server.host}/to`), parseRepository(`${server.host}/from`)];
      expect(await registries.mountBlob(to, digest, from)).toBe(false);
      expect(server.openUploads).toBe(0);
      // A registry that fails at it is not asked again.
      const asked = server.requests.length;
      expect(await registries.mountBlob(to, digest, from)).toBe(false);
      expect(server.requests.length === asked).toBe('status' in fault && fault.status === 500);
    }
  });
});

describe('whether a repository can be written', () => {
  it('is found out without leaving anything', async () => {
    const server = await registry();
    await client().registries.checkWritable(parseRepository(`${server.host}/a`));
    expect(server.openUploads).toBe(0);
    expect(server.repositories()).toEqual([]);
  });

  it.each([404, 405])('does not depend on sessions being cancelled (%i)', async status => {
    const server = await registry({ intercept: faulty({ kind: 'status', status, on: /^DELETE/ }) });
    await client().registries.checkWritable(parseRepository(`${server.host}/a`));
  });

  it.each([
    [403, 'registry-unauthorized', 'log in with docker login'],
    [405, 'registry-error', 'is it read-only?'],
  ])('is told when it cannot: %i', async (status, code, hint) => {
    const body = '{"errors":[{"code":"DENIED","message":"not\\u001b[31m you"}]}';
    const server = await registry({ intercept: faulty({ kind: 'status', status, body }) });
    const attempt = client().registries.checkWritable(parseRepository(`${server.host}/a/b`));
    await expect(attempt).rejects.toMatchObject({
      code,
      subject: `${server.host}/a/b`,
      message: `${server.host} answered ${status}: DENIED: not [31m you`,
      hints: [expect.stringContaining(hint)],
    });
  });
});

it('a signal ends whatever is under way with its reason', async () => {
  const server = await registry({ intercept: faulty({ kind: 'drip', bytes: 10, delayMs: 1000 }) });
  const image = server.pushImage('a', { layers: [] });
  const { registries } = client();
  const controller = new AbortController();
  const attempt = registries.manifest(parseReference(image.reference), controller.signal);
  const outcome = expect(attempt).rejects.toThrow('enough');
  await sleep(50);
  controller.abort(new Error('enough'));
  await outcome;
});
