import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isBundleConfig, readLock } from '../../src/registry/bundle.ts';
import { layerOf } from '../../src/sandbox/registry/layer.ts';

const config = (json: unknown) => isBundleConfig(Buffer.from(JSON.stringify(json)));

describe('a config', () => {
  it('says that an image is a bundle by the presence of a label', () => {
    expect(config({ config: { Labels: { 'dev.carvel.imgpkg.bundle': '' } } })).toBe(true);
    expect(config({ config: { Labels: { other: 'true' } } })).toBe(false);
  });

  it('of any other form says nothing', () => {
    for (const json of [{}, null, [], { config: null }, { config: { Labels: null } }])
      expect(config(json)).toBe(false);
    expect(isBundleConfig(Buffer.from([0xff, 0x00]))).toBe(false);
  });
});

describe('a lock', () => {
  const yaml = 'kind: ImagesLock\nimages:\n- image: a@sha256:1\n  annotations: {}\n- image: b\n';

  it.each(['.imgpkg/images.yml', './.imgpkg/images.yml', '/.imgpkg/images.yml'])(
    'is found at %s',
    async path => {
      expect(await readLock(layerOf({ 'packages/x.yml': 'x', [path]: yaml, after: 'x' }), 'x')).toEqual([
        'a@sha256:1',
        'b',
      ]);
    },
  );

  it('may stand in a layer that is not compressed, and be without images', async () => {
    const layer = layerOf({ '.imgpkg/images.yml': 'kind: ImagesLock' });
    expect(await readLock(layer.subarray(15, -8), 'x')).toEqual([]);
  });

  it('elsewhere is none', async () => {
    expect(await readLock(layerOf({ 'sub/.imgpkg/images.yml': yaml }), 'x')).toBeUndefined();
  });

  it.each([
    ['.imgpkg/images.yml is no ImagesLock', layerOf({ '.imgpkg/images.yml': 'kind: Bundle' })],
    ['its images are no list', layerOf({ '.imgpkg/images.yml': 'kind: ImagesLock\nimages: {}' })],
    ['an entry names no image', layerOf({ '.imgpkg/images.yml': 'kind: ImagesLock\nimages: [null]' })],
    ['unexpected end of file', layerOf({ a: 'x' }).subarray(0, 200)],
    ['unexpected end of the stream', layerOf({ '.imgpkg/images.yml': 'a: [' })],
    ['it inflates to more than 134217728 bytes', endless()],
  ])('that cannot be had fails: %s', async (reason, layer) => {
    await expect(readLock(layer, 'r.example.com/a')).rejects.toMatchObject({
      code: 'registry-error',
      message: expect.stringContaining(`the bundle's lock cannot be read: ${reason}`),
      subject: 'r.example.com/a',
    });
  });
});

/** Little that becomes a lot: members of a gzip file are read one after the other. */
function endless(): Buffer {
  const member = gzipSync(Buffer.alloc(16 * 1024 * 1024));
  return Buffer.concat(Array.from({ length: 9 }, () => member));
}
