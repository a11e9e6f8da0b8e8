import { gunzipSync } from 'node:zlib';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/base/digest.ts';
import { MEDIA } from '../../src/registry/descriptor.ts';
import { locationsImage } from '../../src/registry/locations.ts';

const BUNDLE = digestOf('bundle');
const IMAGES = ['z', 'a', 'm'].map(name => ({
  image: `r.example.com/${name}@${digestOf(name)}`,
  isBundle: name === 'm',
}));

describe('the locations image of a bundle', () => {
  it('has the tag by which imgpkg looks for it', () => {
    expect(locationsImage(BUNDLE, []).tag).toBe(`${BUNDLE.replace(':', '-')}.image-locations.imgpkg`);
  });

  it('is docker schema 2 with one docker layer, and says what its blobs are', () => {
    const { manifest, config, layer } = locationsImage(BUNDLE, IMAGES);
    expect(JSON.parse(manifest.bytes.toString())).toEqual({
      schemaVersion: 2,
      mediaType: MEDIA.dockerManifest,
      config: { mediaType: MEDIA.dockerConfig, digest: digestOf(config.bytes), size: config.bytes.length },
      layers: [{ mediaType: MEDIA.dockerLayer, digest: digestOf(layer.bytes), size: layer.bytes.length }],
    });
    expect(manifest.descriptor.digest).toBe(digestOf(manifest.bytes));
    expect(JSON.parse(config.bytes.toString()).rootfs).toEqual({
      type: 'layers',
      diff_ids: [digestOf(gunzipSync(layer.bytes))],
    });
  });

  it('holds one file, which names the images of the lock in order', () => {
    const tar = gunzipSync(locationsImage(BUNDLE, IMAGES).layer.bytes);
    expect(tar.toString('utf8', 0, 19)).toBe('image-locations.yml');
    const size = Number.parseInt(tar.toString('latin1', 124, 135), 8);
    const text = tar.toString('utf8', 512, 512 + size);
    expect(text.startsWith('---\n')).toBe(true);
    expect(load(text)).toEqual({
      apiVersion: 'imgpkg.carvel.dev/v1alpha1',
      kind: 'ImageLocations',
      images: [IMAGES[1], IMAGES[2], IMAGES[0]],
    });
  });

  it('is the same bytes for the same images, in whatever order they come', () => {
    const [a, b] = [locationsImage(BUNDLE, IMAGES), locationsImage(BUNDLE, [...IMAGES].reverse())];
    expect(a.manifest.descriptor.digest).toBe(b.manifest.descriptor.digest);
    expect(a.layer.bytes[9]).toBe(255);
  });
});
