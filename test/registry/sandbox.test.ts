import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/base/digest.ts';
import { MEDIA } from '../../src/registry/descriptor.ts';
import { diffIdOf, syntheticLayer } from '../../src/sandbox/registry/layer.ts';
import { patterned, registry } from './setting.ts';

const BLOB = patterned(1000);
const DIGEST = digestOf(BLOB);

async function api(options: Parameters<typeof registry>[0] = {}) {
  const server = await registry(options);
  const ask = (method: string, path: string, init: RequestInit = {}) =>
    fetch(`http://${server.host}${path.startsWith('/') ? path : `/v2/a/b/${path}`}`, { method, ...init });
  return { server, ask };
}

async function codeOf(response: Response): Promise<string> {
  const { errors } = (await response.json()) as { errors: { code: string }[] };
  return errors[0]?.code ?? '';
}

const body = (bytes: Buffer | string) => ({ body: new Uint8Array(Buffer.from(bytes)) });

describe('the embedded registry', () => {
  it('serves blobs, whole and in ranges', async () => {
    const { server, ask } = await api();
    server.pushBlob('a/b', BLOB);
    const whole = await ask('GET', `blobs/${DIGEST}`);
    expect(whole.headers.get('docker-content-digest')).toBe(DIGEST);
    expect(Buffer.from(await whole.arrayBuffer())).toEqual(BLOB);
    const head = await ask('HEAD', `blobs/${DIGEST}`);
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '1000']);
    const range = await ask('GET', `blobs/${DIGEST}`, { headers: { range: 'bytes=990-2000' } });
    expect([range.status, range.headers.get('content-range')]).toEqual([206, 'bytes 990-999/1000']);
    expect(Buffer.from(await range.arrayBuffer())).toEqual(BLOB.subarray(990));
    const beyond = await ask('GET', `blobs/${DIGEST}`, { headers: { range: 'bytes=1000-' } });
    expect([beyond.status, await codeOf(beyond)]).toEqual([416, 'RANGE_INVALID']);
  });

  it('knows a blob only in the repositories that it was put into', async () => {
    const { server, ask } = await api();
    server.pushBlob('other', BLOB);
    const missing = await ask('GET', `blobs/${DIGEST}`);
    expect([missing.status, await codeOf(missing)]).toEqual([404, 'BLOB_UNKNOWN']);
    const mounted = await ask('POST', `blobs/uploads/?mount=${DIGEST}&from=other`);
    expect(mounted.status).toBe(201);
    expect((await ask('HEAD', `blobs/${DIGEST}`)).status).toBe(200);
    const refused = await ask('POST', `blobs/uploads/?mount=${digestOf('x')}&from=other`);
    expect(refused.status).toBe(202);
  });

  it('takes uploads in one go, in two steps and in chunks', async () => {
    const { server, ask } = await api();
    const once = await ask('POST', `blobs/uploads/?digest=${digestOf('x')}`, body('x'));
    expect(once.status).toBe(201);
    const begun = await ask('POST', 'blobs/uploads/');
    const location = begun.headers.get('location') ?? '';
    for (const [first, last] of [
      [0, 399],
      [400, 999],
    ] as const) {
      const headers = { 'content-range': `${first}-${last}` };
      const patched = await ask('PATCH', location, { headers, ...body(BLOB.subarray(first, last + 1)) });
      expect([patched.status, patched.headers.get('range')]).toEqual([202, `0-${last}`]);
    }
    const gap = await ask('PATCH', location, { headers: { 'content-range': '5-9' }, ...body('aaaaa') });
    expect(gap.status).toBe(416);
    expect((await ask('PUT', `${location}?digest=${DIGEST}`)).status).toBe(201);
    expect(server.blob('a/b', DIGEST)).toEqual(BLOB);
    expect((await ask('PUT', `${location}?digest=${DIGEST}`)).status).toBe(404);
    expect(server.openUploads).toBe(0);
  });

  it('does not take what is not what its digest says', async () => {
    const { server, ask } = await api();
    const { headers } = await ask('POST', 'blobs/uploads/');
    const wrong = await ask('PUT', `${headers.get('location')}?digest=${DIGEST}`, body('other'));
    expect([wrong.status, await codeOf(wrong)]).toEqual([400, 'DIGEST_INVALID']);
    const manifest = await ask('PUT', `manifests/${DIGEST}`, body('{}'));
    expect([manifest.status, await codeOf(manifest)]).toEqual([400, 'DIGEST_INVALID']);
    expect(server.repositories()).toEqual([]);
  });

  it('takes manifests whose content is there, and serves them by tag and digest', async () => {
    const { server, ask } = await api();
    const config = { mediaType: MEDIA.ociConfig, digest: DIGEST, size: BLOB.length };
    const manifest = JSON.stringify({ schemaVersion: 2, config, layers: [] });
    const init = { headers: { 'content-type': MEDIA.ociManifest }, ...body(manifest) };
    expect(await codeOf(await ask('PUT', 'manifests/v1', init))).toBe('MANIFEST_BLOB_UNKNOWN');
    server.pushBlob('a/b', BLOB);
    const put = await ask('PUT', 'manifests/v1', init);
    expect([put.status, put.headers.get('docker-content-digest')]).toEqual([201, digestOf(manifest)]);
    for (const reference of ['v1', digestOf(manifest)]) {
      const got = await ask('GET', `manifests/${reference}`);
      expect([await got.text(), got.headers.get('content-type')]).toEqual([manifest, MEDIA.ociManifest]);
    }
    const index = JSON.stringify({ manifests: [{ digest: digestOf('x') }] });
    expect(await codeOf(await ask('PUT', 'manifests/all', body(index)))).toBe('MANIFEST_BLOB_UNKNOWN');
    expect(await (await ask('GET', 'tags/list')).json()).toEqual({ name: 'a/b', tags: ['v1'] });
  });

  it('deletes tags, and manifests with their tags', async () => {
    const { server, ask } = await api();
    const { digest } = server.pushImage('a/b', { layers: [], tag: 'v1' });
    server.pushManifest(
      'a/b',
      JSON.parse(String(server.manifest('a/b', digest))),
      MEDIA.dockerManifest,
      'v2',
    );
    expect((await ask('DELETE', 'manifests/v1')).status).toBe(202);
    expect(server.tags('a/b')).toEqual(['v2']);
    expect((await ask('DELETE', `manifests/${digest}`)).status).toBe(202);
    expect([server.tags('a/b'), server.has('a/b', digest)]).toEqual([[], false]);
    expect((await ask('DELETE', `manifests/${digest}`)).status).toBe(404);
  });

  it('lists what refers to a manifest', async () => {
    const { server, ask } = await api();
    const subject = server.pushImage('a/b', { layers: [] });
    const link = { mediaType: subject.mediaType, digest: subject.digest, size: subject.size };
    const signature = { schemaVersion: 2, artifactType: 'x/signature', layers: [], subject: link };
    const { digest } = server.pushManifest('a/b', signature, MEDIA.ociManifest);
    const { manifests } = (await (await ask('GET', `referrers/${subject.digest}`)).json()) as {
      manifests: object[];
    };
    expect(manifests).toMatchObject([{ digest, artifactType: 'x/signature', mediaType: MEDIA.ociManifest }]);
  });

  it('wants the login that it was given', async () => {
    const server = await registry({ login: { username: 'joe', password: 'pw' } });
    const url = `http://${server.host}/v2/`;
    const refused = await fetch(url);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="sandbox"']);
    const authorization = `Basic ${Buffer.from('joe:pw').toString('base64')}`;
    expect((await fetch(url, { headers: { authorization } })).status).toBe(200);
  });

  it('checks and forgets what it is not to hold, and still has it', async () => {
    const { ask } = await api({ heldBytes: 999 });
    const upload = async (bytes: Buffer, digest: string) => {
      const begun = await ask('POST', 'blobs/uploads/');
      const location = begun.headers.get('location') ?? '';
      await ask('PATCH', location, body(bytes.subarray(0, 500)));
      return ask('PUT', `${location}?digest=${digest}`, body(bytes.subarray(500)));
    };
    const sha512 = `sha512:${createHash('sha512').update(BLOB).digest('hex')}`;
    expect((await upload(BLOB, DIGEST)).status).toBe(201);
    expect((await upload(BLOB, sha512)).status).toBe(201);
    expect((await upload(BLOB, digestOf('other'))).status).toBe(400);
    const head = await ask('HEAD', `blobs/${DIGEST}`);
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '1000']);
    expect(await codeOf(await ask('GET', `blobs/${DIGEST}`))).toBe('BLOB_UNKNOWN');
    const mounted = await ask('POST', `/v2/c/blobs/uploads/?mount=${DIGEST}&from=a/b`);
    expect(mounted.status).toBe(201);
    const small = BLOB.subarray(0, 900);
    expect((await upload(small, digestOf(small))).status).toBe(201);
    const got = await ask('GET', `blobs/${digestOf(small)}`);
    expect(Buffer.from(await got.arrayBuffer())).toEqual(small);
  });
});

describe('a synthetic layer', () => {
  it('is the gzip of a tar of about the size asked for, the same for the same seed', () => {
    const layer = syntheticLayer('seed', 100_000);
    expect(layer).toEqual(syntheticLayer('seed', 100_000));
    expect(layer.equals(syntheticLayer('other', 100_000))).toBe(false);
    const tar = gunzipSync(layer);
    expect([tar.toString('utf8', 0, 12), tar.length]).toEqual(['app/data.bin', 101_888]);
    expect(diffIdOf(layer)).toBe(digestOf(tar));
    expect(layer.length).toBeGreaterThan(100_000);
  });
});
