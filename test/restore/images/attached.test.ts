import { describe, expect, it } from 'vitest';
import { MEDIA } from '../../../src/registry/descriptor.ts';
import { parseRepository } from '../../../src/registry/reference.ts';
import { cosignTag, digestsOf, fallbackEntries, pusher } from '../../registry/artifacts.ts';
import { client, descriptorOf, patterned, registry } from '../../registry/setting.ts';
import { exportImages, restoreImages } from './move-images.ts';

describe('what is attached to an image, after a restore', () => {
  /** A signed index with a signed child, an SBOM that is signed by cosign, and a bundle with a signed image. */
  async function source(referrersPage: number) {
    const server = await registry({ referrersPage });
    const { registries } = client();
    const app = pusher(registries, server.host, 'source/app');
    const child = await app.image({ layers: ['arm'] });
    const root = await app.index([child], { tag: 'v1' });
    const sbom = await app.image({ layers: ['sbom'], subject: root, artifactType: 'application/spdx+json' });
    const attached = [
      sbom,
      await app.image({ layers: ['child signature'], subject: child }),
      await app.image({ layers: ['root signature'], tag: cosignTag(root, 'sig') }),
      await app.image({ layers: ['sbom signature'], tag: cosignTag(sbom, 'sig') }),
    ];
    const locked = pusher(registries, server.host, 'source/locked');
    const member = await locked.image({ layers: ['member'] });
    const signature = await locked.image({ layers: ['member signature'], tag: cosignTag(member, 'sig') });
    const images = [{ image: `${server.host}/source/locked@${member.digest}` }];
    const bundle = server.pushBundle('source/bundle', { images, tag: 'v1' });
    return { server, registries, root, child, sbom, attached, member, signature, bundle };
  }

  it.each([
    ['the referrers API', 100],
    ['no referrers API', 0],
  ])('is with its subject, at a registry with %s', async (_, referrersPage) => {
    const from = await source(100 - referrersPage);
    const { plan, archive } = await exportImages(
      [`${from.server.host}/source/app:v1`, `${from.server.host}/source/bundle:v1`],
      from.registries,
    );
    expect(plan.losses).toEqual([]);
    expect(plan.images.filter(image => image.attachedTo).map(({ attachedTo }) => attachedTo)).toHaveLength(5);

    const server = await registry({ referrersPage });
    const { registries } = client();
    await restoreImages(archive, registries, [
      { from: `${from.server.host}/source/`, to: `${server.host}/target/` },
    ]);
    const app = parseRepository(`${server.host}/target/app`);
    const found = async (subject: typeof from.root) =>
      referrersPage === 0
        ? fallbackEntries(registries, app, subject)
        : ((await registries.referrers(app, subject.digest)) ?? []);
    expect(digestsOf(await found(from.root))).toEqual([from.sbom.digest]);
    expect(digestsOf(await found(from.child))).toEqual(digestsOf(from.attached.slice(1, 2)));
    expect(await registries.hasManifest({ ...app, tag: cosignTag(from.root, 'sig') })).toBe(
      from.attached[2]?.digest,
    );
    expect(await registries.hasManifest({ ...app, tag: cosignTag(from.sbom, 'sig') })).toBe(
      from.attached[3]?.digest,
    );
    expect(server.tags('target/bundle')).toContain(cosignTag(from.member, 'sig'));
    expect(server.has('target/bundle', from.signature.digest)).toBe(true);

    const after = await exportImages([`${server.host}/target/app:v1`], registries);
    const digests = (images: typeof plan.images) => digestsOf(images.filter(image => image.attachedTo));
    expect(digests(after.plan.images)).toEqual(digestsOf(from.attached));
  });

  it('follows its subject only: into every repository that gets it, and pushed after it', async () => {
    const from = await registry();
    const { registries } = client();
    const image = { layers: ['app'], tag: 'v1' };
    const one = await pusher(registries, from.host, 'source/one').image(image);
    await pusher(registries, from.host, 'source/two').image(image);
    const sign = { layers: ['signature'], subject: one, tag: cosignTag(one, 'sig') };
    await pusher(registries, from.host, 'source/one').image(sign);
    const references = ['one:v1', 'one', 'two:v1'].map(name => `${from.host}/source/${name}`);
    const { plan, archive } = await exportImages(
      [...references.slice(0, 1), `${references[1]}@${one.digest}`, ...references.slice(2)],
      registries,
    );
    expect(plan.images.filter(({ attachedTo }) => attachedTo)).toHaveLength(1);
    const server = await registry();
    await restoreImages(archive, registries, [
      { from: `${from.host}/source/`, to: `${server.host}/target/` },
    ]);
    expect(server.tags('target/one')).toContain(cosignTag(one, 'sig'));
    expect(server.tags('target/two')).not.toContain(cosignTag(one, 'sig'));
    const puts = server.requests.filter(line => line.startsWith('PUT /v2/target/one/manifests/'));
    expect(puts.findIndex(line => line.includes('.sig'))).toBeGreaterThan(
      puts.findIndex(line => line.includes(one.digest)),
    );
  });

  it('changes nothing when it is restored again', async () => {
    const from = await source(0);
    const { archive } = await exportImages([`${from.server.host}/source/app:v1`], from.registries);
    const server = await registry({ referrersPage: 0 });
    const { registries } = client();
    const restore = () => restoreImages(archive, registries, [{ from: from.server.host, to: server.host }]);
    await restore();
    const tags = () =>
      server.tags('source/app').map(tag => [tag, server.manifest('source/app', tag)?.toString()]);
    const before = tags();
    await restore();
    expect(tags()).toEqual(before);
  });
});

describe('foreign layers, after a restore', () => {
  const LAYER = patterned(5000);
  const foreign = {
    ...descriptorOf(LAYER, 'application/vnd.oci.image.layer.v1.tar'),
    urls: ['https://layers.example.com/1'],
  };

  it('are still references, and a registry that wants them gets a hint with its refusal', async () => {
    const from = await registry();
    const { registries } = client();
    await pusher(registries, from.host, 'app').image({ layers: ['own'], foreign: [foreign], tag: 'v1' });
    const { archive } = await exportImages([`${from.host}/app:v1`], registries);
    const open = await registry();
    await restoreImages(archive, registries, [{ from: from.host, to: open.host }]);
    expect(open.has('app', 'v1')).toBe(true);
    const strict = await registry({
      intercept: (request, response) => {
        if (request.method !== 'PUT' || !request.url?.includes('/manifests/')) return false;
        response.writeHead(400).end(JSON.stringify({ errors: [{ code: 'MANIFEST_BLOB_UNKNOWN' }] }));
        return true;
      },
    });
    expect(await restoreImages(archive, registries, [{ from: from.host, to: strict.host }])).toEqual([
      {
        kind: 'image-refused',
        subject: `${from.host}/app:v1`,
        reason: expect.stringMatching(/MANIFEST_BLOB_UNKNOWN.*--include-foreign-layers/),
        usedBy: ['CFBuild space/build'],
      },
    ]);
  });

  it('are in the registry when they are in the archive', async () => {
    const from = await registry();
    const { registries } = client();
    await pusher(registries, from.host, 'app').image({ layers: ['own'], foreign: [foreign], tag: 'v1' });
    from.pushBlob('app', LAYER);
    const { plan, archive } = await exportImages([`${from.host}/app:v1`], registries, {
      foreignLayers: true,
    });
    expect(digestsOf(plan.layers)).toContain(foreign.digest);
    const to = await registry();
    await restoreImages(archive, registries, [{ from: from.host, to: to.host }]);
    expect(to.blob('app', foreign.digest)?.equals(LAYER)).toBe(true);
  });
});

describe('artifacts of any form', () => {
  it('come back: build caches, artifact manifests of early days, large configs', async () => {
    const from = await registry();
    const { registries } = client();
    const large = patterned(5 * 1024 * 1024);
    for (const bytes of [Buffer.from('layer'), large]) from.pushBlob('app', bytes);
    const layer = descriptorOf(Buffer.from('layer'), MEDIA.dockerLayer);
    const artifact = 'application/vnd.oci.artifact.manifest.v1+json';
    const seeded = [
      from.pushManifest(
        'app',
        { schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests: [layer] },
        MEDIA.ociIndex,
      ),
      from.pushManifest('app', { mediaType: artifact, artifactType: 'x/y', blobs: [layer] }, artifact),
      from.pushManifest(
        'app',
        {
          schemaVersion: 2,
          mediaType: MEDIA.ociManifest,
          config: descriptorOf(large, 'x/y'),
          layers: [layer],
        },
        MEDIA.ociManifest,
      ),
    ];
    const { plan, archive } = await exportImages(
      seeded.map(({ reference }) => reference),
      registries,
    );
    expect(plan.losses).toEqual([]);
    const to = await registry();
    await restoreImages(archive, registries, [{ from: from.host, to: to.host }]);
    for (const { digest } of seeded) expect(to.has('app', digest)).toBe(true);
    expect(to.blob('app', descriptorOf(large).digest)?.equals(large)).toBe(true);
  });
});
