import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { digestOf, toDigest } from '../../src/base/digest.ts';
import { PART_BYTES } from '../../src/base/limits.ts';
import type { RegistryOptions } from '../../src/registry/client.ts';
import { type Descriptor, MEDIA } from '../../src/registry/descriptor.ts';
import { createResolver } from '../../src/registry/image.ts';
import { locationsImage } from '../../src/registry/locations.ts';
import { parseReference, parseRepository } from '../../src/registry/reference.ts';
import type { Manifest, Registries } from '../../src/registry/registry.ts';
import { diffIdOf, layerOf, syntheticLayer } from '../../src/sandbox/registry/layer.ts';
import { exportImages, restoreImages } from '../restore/images/move-images.ts';
import { client, descriptorOf, inChunks } from './setting.ts';

export interface StartedRegistry {
  readonly host: string;
  /** What a client needs to get in. */
  readonly access: Partial<RegistryOptions>;
}

/** What holds for every registry, the embedded one and a real one, by our own client alone. */
export function registryContract(name: string, start: () => Promise<StartedRegistry>): void {
  describe(name, () => {
    it('gives back what was pushed, bit by bit', async () => {
      const { host, access } = await start();
      const { registries, retries } = client(access);
      const layers = [
        syntheticLayer('small', 3000),
        syntheticLayer('large', 2 * PART_BYTES),
        Buffer.from('x'),
      ];
      const index = await pushIndex(registries, `${host}/team/app`, layers);
      const image = await createResolver(registries)(parseReference(`${host}/team/app:v1`));
      expect(image.root.digest).toBe(index.descriptor.digest);
      expect(image.layers.map(({ digest }) => digest)).toEqual(layers.map(digestOf));
      const got = layers.map(() => [] as Buffer[]);
      const wanted = image.layers.map(descriptor => ({ descriptor, repositories: [image.repository] }));
      for await (const { index: at, chunk } of registries.blobs(wanted)) got[at]?.push(Buffer.from(chunk));
      expect(got.map(chunks => digestOf(Buffer.concat(chunks)))).toEqual(layers.map(digestOf));
      expect(retries).toEqual([]);
    });

    it('mounts across repositories, and knows what it does not have', async () => {
      const { host, access } = await start();
      const { registries } = client(access);
      const [from, to] = [parseRepository(`${host}/from`), parseRepository(`${host}/to`)];
      const bytes = syntheticLayer('mounted', 1000);
      const { digest } = descriptorOf(bytes);
      await registries.pushBlob(from, descriptorOf(bytes), inChunks(bytes));
      expect(await registries.hasBlob(to, digest)).toBe(false);
      expect(await registries.mountBlob(to, digest, from)).toBe(true);
      expect(await registries.hasBlob(to, digest)).toBe(true);
      expect(await registries.mountBlob(to, digestOf('nowhere'), from)).toBe(false);
      expect(await registries.hasManifest({ ...to, tag: 'v1' })).toBeUndefined();
      await expect(registries.manifest({ ...to, tag: 'v1' })).rejects.toMatchObject({
        code: 'registry-missing',
      });
    });

    it('takes nothing that lies about itself', async () => {
      const { host, access } = await start();
      const { registries } = client(access);
      const repository = parseRepository(`${host}/a`);
      const manifest = manifestOf({
        schemaVersion: 2,
        config: descriptorOf(Buffer.from('nowhere')),
        layers: [],
      });
      await expect(registries.pushManifest(repository, manifest, 'v1')).rejects.toMatchObject({
        code: 'registry-error',
        message: expect.stringMatching(/MANIFEST_BLOB_UNKNOWN|blob unknown/),
      });
      await registries.checkWritable(repository);
    });

    it('keeps content that is named by sha512', async () => {
      const { host, access } = await start();
      const { registries } = client(access);
      const repository = parseRepository(`${host}/from`);
      const [layer, config] = [syntheticLayer('sha512', 3 * PART_BYTES), Buffer.from('{"os":"linux"}')];
      const [first, second] = [named512(layer, MEDIA.dockerLayer), named512(config, MEDIA.dockerConfig)];
      await registries.pushBlob(repository, first, inChunks(layer));
      await registries.pushBlob(repository, second, inChunks(config));
      const image = manifestOf({
        ...{ schemaVersion: 2, mediaType: MEDIA.dockerManifest },
        ...{ config: second, layers: [first] },
      });
      await registries.pushManifest(repository, image, 'v1');
      const { plan, archive } = await exportImages([`${host}/from:v1`], registries);
      expect(plan).toMatchObject({ losses: [], layers: [{ digest: first.digest, size: layer.length }] });
      await restoreImages(archive, registries, [{ from: `${host}/from`, to: `${host}/to` }]);
      const to = parseRepository(`${host}/to`);
      expect(await registries.hasManifest({ ...to, tag: 'v1' })).toBe(image.descriptor.digest);
      expect(await registries.smallBlob(to, second, 100)).toEqual(config);
      expect(await registries.hasBlob(to, first.digest)).toBe(true);
    });

    it('serves a bundle and its locations image', async () => {
      const { host, access } = await start();
      const { registries } = client(access);
      const app = await pushImage(registries, `${host}/bundle`, [syntheticLayer('app', 100)], {});
      const locked = `127.0.0.1:1/app@${app.descriptor.digest}`;
      const lock = layerOf({ '.imgpkg/images.yml': `kind: ImagesLock\nimages:\n- image: ${locked}\n` });
      const labels = { 'dev.carvel.imgpkg.bundle': 'true' };
      const bundle = await pushImage(registries, `${host}/bundle`, [lock], { Labels: labels });
      const reference = { ...parseRepository(`${host}/bundle`), digest: bundle.descriptor.digest };
      const resolved = await createResolver(registries)(reference);
      expect(resolved.bundle?.images).toMatchObject([{ locked, isBundle: false }]);
      const locations = locationsImage(bundle.descriptor.digest, [{ image: locked, isBundle: false }]);
      for (const { descriptor, bytes } of [locations.config, locations.layer]) {
        await registries.pushBlob(reference, descriptor, inChunks(bytes));
      }
      await registries.pushManifest(reference, locations.manifest, locations.tag);
      const tagged = parseReference(`${host}/bundle:${locations.tag}`);
      expect(await registries.hasManifest(tagged)).toBe(locations.manifest.descriptor.digest);
    });
  });
}

/** Pushes an index of one image under `v1`. */
export async function pushIndex(
  registries: Registries,
  at: string,
  layers: readonly Buffer[],
): Promise<Manifest> {
  const image = await pushImage(registries, at, layers, {});
  const index = manifestOf({ schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests: [image.descriptor] });
  await registries.pushManifest(parseRepository(at), index, 'v1');
  return index;
}

function named512(bytes: Buffer, mediaType: string): Descriptor {
  const hex = createHash('sha512').update(bytes).digest('hex');
  return { ...descriptorOf(bytes, mediaType), digest: toDigest(`sha512:${hex}`) };
}

async function pushImage(
  registries: Registries,
  at: string,
  layers: readonly Buffer[],
  config: object,
): Promise<Manifest> {
  const repository = parseRepository(at);
  const rootfs = { type: 'layers', diff_ids: layers.map(diffIdOf) };
  const bytes = Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', config, rootfs }));
  const blobs = [
    [bytes, MEDIA.dockerConfig] as const,
    ...layers.map(layer => [layer, MEDIA.dockerLayer] as const),
  ];
  for (const [blob, mediaType] of blobs) {
    await registries.pushBlob(repository, descriptorOf(blob, mediaType), inChunks(blob));
  }
  const [first, ...rest] = blobs.map(([blob, mediaType]) => descriptorOf(blob, mediaType));
  const manifest = { schemaVersion: 2, mediaType: MEDIA.dockerManifest, config: first, layers: rest };
  const pushed = manifestOf(manifest);
  await registries.pushManifest(repository, pushed);
  return pushed;
}

function manifestOf(json: { readonly mediaType?: string; readonly [field: string]: unknown }): Manifest {
  const bytes = Buffer.from(JSON.stringify(json));
  return { descriptor: descriptorOf(bytes, json.mediaType ?? MEDIA.ociManifest), bytes };
}
