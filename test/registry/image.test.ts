import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/base/digest.ts';
import { Failure } from '../../src/base/errors.ts';
import { MEDIA } from '../../src/registry/descriptor.ts';
import { createResolver } from '../../src/registry/image.ts';
import { parseReference } from '../../src/registry/reference.ts';
import type { ResolvedImage } from '../../src/registry/resolved.ts';
import { layerOf, syntheticLayer } from '../../src/sandbox/registry/layer.ts';
import type { SandboxRegistry } from '../../src/sandbox/registry/server.ts';
import { faulty } from '../faults/registry.ts';
import { client, descriptorOf, registry } from './setting.ts';

const LAYERS = [1, 2, 3].map(seed => syntheticLayer(seed, 1000));
const [ONE, TWO, THREE] = LAYERS as [Buffer, Buffer, Buffer];

function resolve(reference: string): Promise<ResolvedImage> {
  return createResolver(client().registries)(parseReference(reference), reference);
}

async function failure(reference: string): Promise<Failure> {
  const error = await resolve(reference).catch(error => error);
  expect(error).toBeInstanceOf(Failure);
  return error;
}

const digests = (parts: readonly { digest: string }[]) => parts.map(({ digest }) => digest);
const manifests = (image: ResolvedImage) => digests(image.manifests.map(({ descriptor }) => descriptor));

describe('an image', () => {
  it('is its manifest, its config and its layers', async () => {
    const server = await registry();
    const pushed = server.pushImage('team/app', { layers: [ONE, TWO, ONE], tag: 'v1' });
    const image = await resolve(`${server.host}/team/app:v1`);
    expect(image).toMatchObject({
      text: `${server.host}/team/app:v1`,
      repository: { registry: server.host, path: 'team/app' },
      root: { digest: pushed.digest, mediaType: MEDIA.dockerManifest },
    });
    expect(manifests(image)).toEqual([pushed.digest]);
    expect(image.configs.map(({ bytes }) => JSON.parse(bytes.toString()).os)).toEqual(['linux']);
    expect(digests(image.layers)).toEqual([ONE, TWO].map(digestOf));
    expect(image.bundle).toBeUndefined();
  });

  it('for many platforms is all of them, nested indexes too, children first, shared content once', async () => {
    const server = await registry();
    const arm = server.pushImage('a', { layers: [ONE, TWO] });
    const amd = server.pushImage('a', { layers: [ONE, THREE], config: { variant: 'amd' } });
    const inner = server.pushIndex('a', [arm, amd]);
    const outer = server.pushIndex('a', [amd, inner], 'all');
    const image = await resolve(`${server.host}/a:all`);
    expect(manifests(image)).toEqual([amd, arm, inner, outer].map(({ digest }) => digest));
    expect(image.configs).toHaveLength(2);
    expect(digests(image.layers).sort()).toEqual(LAYERS.map(digestOf).sort());
    expect(server.requests.filter(line => line.startsWith('GET'))).toHaveLength(9);
  });

  it('that is an artifact may keep its content in the manifest, and name none', async () => {
    const server = await registry();
    const inline = Buffer.from('{}');
    const config = { ...descriptorOf(inline, MEDIA.ociEmpty), data: inline.toString('base64') };
    const json = {
      schemaVersion: 2,
      mediaType: MEDIA.ociManifest,
      artifactType: 'x/y',
      config,
      layers: [config],
    };
    server.pushBlob('a', inline);
    server.pushManifest('a', json, MEDIA.ociManifest, 'v1');
    server.deleteBlob('a', digestOf(inline));
    const image = await resolve(`${server.host}/a:v1`);
    expect(image.configs).toMatchObject([{ bytes: inline, descriptor: { digest: digestOf(inline) } }]);
    expect(image.layers).toEqual([]);
  });

  it('keeps its foreign layers as what they are: references', async () => {
    const server = await registry();
    const config = descriptorOf(Buffer.from('{}'));
    server.pushBlob('a', Buffer.from('{}'));
    const foreign = { ...descriptorOf(TWO), urls: ['https://elsewhere.example.com/layer'] };
    server.pushBlob('a', ONE);
    const json = { schemaVersion: 2, config, layers: [foreign, descriptorOf(ONE)] };
    server.pushManifest('a', json, MEDIA.ociManifest, 'v1');
    expect(digests((await resolve(`${server.host}/a:v1`)).layers)).toEqual([digestOf(ONE)]);
  });

  it('that is a build cache is an index of layers', async () => {
    const server = await registry();
    server.pushBlob('a', ONE);
    const json = {
      schemaVersion: 2,
      mediaType: MEDIA.ociIndex,
      manifests: [descriptorOf(ONE, MEDIA.dockerLayer)],
    };
    server.pushManifest('a', json, MEDIA.ociIndex, 'cache');
    const image = await resolve(`${server.host}/a:cache`);
    expect(digests(image.layers)).toEqual([digestOf(ONE)]);
  });

  it('that lacks something is missing, by image and by what it lacks', async () => {
    const server = await registry();
    const image = server.pushImage('a', { layers: [ONE, TWO] });
    const other = server.pushImage('a', { layers: [ONE], config: { variant: 'other' } });
    const index = server.pushIndex('a', [image, other]);
    const config = JSON.parse(server.manifest('a', image.digest)?.toString() ?? '').config.digest;
    server.deleteBlob('a', digestOf(TWO));
    expect(await failure(image.reference)).toMatchObject({
      code: 'registry-missing',
      message: `the registry has no layer ${digestOf(TWO)} of it`,
      subject: image.reference,
    });
    server.deleteBlob('a', config);
    expect(await failure(index.reference)).toMatchObject({
      message: `the registry has no config ${config} of it`,
      subject: index.reference,
    });
    server.deleteManifest('a', other.digest);
    expect(await failure(index.reference)).toMatchObject({
      message: `the registry has no manifest ${other.digest} of it`,
    });
    expect(await failure(`${server.host}/a:none`)).toMatchObject({ code: 'registry-missing' });
  });

  it.each([
    [{ config: {} }, 'a descriptor without a media type'],
    [{ layers: [{ mediaType: 'x', digest: 'sha256:1' }] }, 'a descriptor without a digest'],
    [{ layers: [{ mediaType: 'x', digest: digestOf('x'), size: -1 }] }, 'no size for'],
    [{ layers: [{ mediaType: 'x', digest: digestOf('x'), size: 1, data: 'eQ==' }] }, 'content of its own'],
    [{ layers: {} }, 'no list of layers'],
    [{ manifests: [null] }, 'a descriptor without a media type'],
  ])('with the manifest %j is refused', async (json, message) => {
    const body = JSON.stringify({ mediaType: MEDIA.ociManifest, ...json });
    const server = await registry({ intercept: faulty({ kind: 'status', status: 200, body }) });
    expect(await failure(`${server.host}/a:v1`)).toMatchObject({
      code: 'registry-error',
      message: expect.stringContaining(`the manifest has ${message}`),
    });
  });

  it('of indexes within indexes without end is refused', async () => {
    const server = await registry();
    let seeded = server.pushImage('a', { layers: [] });
    for (let depth = 0; depth < 20; depth++) seeded = server.pushIndex('a', [seeded]);
    expect(await failure(seeded.reference)).toMatchObject({
      message: expect.stringContaining('more than 16'),
    });
  });
});

describe('one resolver', () => {
  it('asks once for what several references share', async () => {
    const server = await registry();
    const image = server.pushImage('a', { layers: [ONE], tag: 'v1' });
    const resolver = createResolver(client().registries);
    const both = [`${server.host}/a:v1`, image.reference, `${server.host}/a:v1`];
    const images = await Promise.all(both.map(text => resolver(parseReference(text), text)));
    expect(images.map(({ text }) => text)).toEqual(both);
    expect(server.requests).toHaveLength(4);
  });
});

describe('a bundle', () => {
  /** A bundle relocated to `dest`, with a nested one; the lock names a registry that is gone. */
  function relocated(server: SandboxRegistry) {
    const gone = '127.0.0.1:1/origin';
    const app = server.pushImage('dest', { layers: [ONE] });
    const deep = server.pushImage('dest', { layers: [TWO] });
    const nested = server.pushBundle('dest', { images: [{ image: `${gone}/deep@${deep.digest}` }] });
    const images = [
      { image: `${gone}/app@${app.digest}`, id: 'app' },
      { image: `${gone}/nested@${nested.digest}` },
    ];
    return { app, deep, nested, bundle: server.pushBundle('dest', { images, tag: 'v1' }), gone };
  }

  it('has the images of its lock from its own repository, nested bundles too', async () => {
    const server = await registry();
    const { app, deep, nested, gone } = relocated(server);
    const image = await resolve(`${server.host}/dest:v1`);
    expect(image.bundle?.missing).toEqual([]);
    expect(image.bundle?.images).toMatchObject([
      { locked: `${gone}/app@${app.digest}`, isBundle: false, image: { repository: { path: 'dest' } } },
      { locked: `${gone}/nested@${nested.digest}`, isBundle: true },
    ]);
    const [inner] = image.bundle?.images[1]?.image.bundle?.images ?? [];
    expect(inner).toMatchObject({
      locked: `${gone}/deep@${deep.digest}`,
      image: { root: { digest: deep.digest } },
    });
  });

  it('has them from where its lock says when its own repository does not', async () => {
    const server = await registry();
    const app = server.pushImage('elsewhere/app', { layers: [ONE] });
    const index = server.pushIndex('elsewhere/app', [app]);
    const bundle = server.pushBundle('bundles', { images: [{ image: index.reference }] });
    const image = await resolve(bundle.reference);
    expect(image.bundle?.images).toMatchObject([
      { locked: index.reference, image: { repository: { path: 'elsewhere/app' }, text: index.reference } },
    ]);
  });

  it('tells what is nowhere, and why, and keeps the rest', async () => {
    const server = await registry();
    const { app, deep, gone } = relocated(server);
    server.deleteManifest('dest', deep.digest);
    server.deleteBlob('dest', digestOf(ONE));
    const image = await resolve(`${server.host}/dest:v1`);
    expect(image.bundle?.missing).toEqual([
      { locked: `${gone}/app@${app.digest}`, reason: 'no connection to 127.0.0.1:1: nothing listens there' },
    ]);
    expect(image.bundle?.images).toHaveLength(1);
    expect(image.bundle?.images[0]?.image.bundle?.missing).toMatchObject([
      { locked: `${gone}/deep@${deep.digest}` },
    ]);
  });

  it('tells of references that its lock has without a digest', async () => {
    const server = await registry();
    const images = ['ubuntu:22.04', 'NO REFERENCE'].map(image => ({ image }));
    const { reference } = server.pushBundle('a', { images });
    const reason = 'the lock names it without a digest';
    expect((await resolve(reference)).bundle?.missing).toEqual(
      images.map(({ image }) => ({ locked: image, reason })),
    );
  });

  it('without any images is a bundle all the same', async () => {
    const server = await registry();
    const { reference } = server.pushBundle('a', { images: [] });
    expect((await resolve(reference)).bundle).toEqual({ images: [], missing: [], count: 0, leftOut: [] });
  });

  it('is only what has one layer with a lock in it', async () => {
    const server = await registry();
    const labels = { 'dev.carvel.imgpkg.bundle': '' };
    const built = server.pushImage('a', { layers: [layerOf({ '.imgpkg/images.yml': 'x' }), ONE], labels });
    const plain = server.pushImage('a', { layers: [layerOf({ 'images.yml': 'x' })], labels });
    for (const { reference } of [built, plain]) {
      const image = await resolve(reference);
      expect(image.bundle).toBeUndefined();
      expect(image.layers.length).toBeGreaterThan(0);
    }
  });
});
