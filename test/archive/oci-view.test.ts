import { describe, expect, it } from 'vitest';
import { type Contents, layOut } from '../../src/archive/head.ts';
import { imageContent } from '../../src/archive/images.ts';
import { ociViews } from '../../src/archive/oci-view.ts';
import { openArchive } from '../../src/archive/open-archive.ts';
import { verifyArchive } from '../../src/archive/verify.ts';
import { type Digest, digestOf } from '../../src/base/digest.ts';
import { archiveOf, piped, sampleBackup } from './fixtures.ts';

const DOCKER = {
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  list: 'application/vnd.docker.distribution.manifest.list.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
};

/** The sample with its first image in Docker's words, and a list over that one. */
async function dockerBackup() {
  const sample = await sampleBackup();
  const blobs = new Map(sample.blobs);
  const backup = { ...sample, blobs };
  const store = (value: object, mediaType: string) => {
    const bytes = Buffer.from(JSON.stringify(value));
    blobs.set(digestOf(bytes), bytes);
    return { mediaType, digest: digestOf(bytes), size: bytes.length };
  };
  const [layer] = backup.plan.layers;
  if (layer === undefined) throw new Error('the sample has layers');
  const config = store({ architecture: 's390x', os: 'linux' }, DOCKER.config);
  const { digest, size } = layer;
  const image = store(
    {
      schemaVersion: 2,
      mediaType: DOCKER.manifest,
      config,
      layers: [{ mediaType: DOCKER.layer, size, digest }],
    },
    DOCKER.manifest,
  );
  const platform = { architecture: 's390x', os: 'linux' };
  const list = store(
    { schemaVersion: 2, mediaType: DOCKER.list, manifests: [{ ...image, platform }] },
    DOCKER.list,
  );
  const planned = (reference: string, what: typeof image) => ({
    reference,
    repository: 'registry.example.com/docker',
    usedBy: [],
    ...what,
  });
  backup.plan.images.push(
    planned('registry.example.com/docker:1', image),
    planned('registry.example.com/docker:all', list),
  );
  return { backup, image, list, config, layer };
}

function viewOf(contents: Contents, digest: Digest) {
  const view = ociViews(contents).get(digest);
  if (view === undefined) throw new Error('the image has a view');
  return { ...view, json: JSON.parse(view.bytes.toString()) };
}

describe("the view of an image in Docker's words", () => {
  it("has OCI's words for the same config and layers", async () => {
    const { backup, image, config, layer } = await dockerBackup();
    expect(viewOf(backup, image.digest).json).toEqual({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { ...config, mediaType: 'application/vnd.oci.image.config.v1+json' },
      layers: [
        { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: layer.digest, size: layer.size },
      ],
    });
  });

  it("leads from a list to its manifests' views", async () => {
    const { backup, image, list } = await dockerBackup();
    expect(viewOf(backup, list.digest).json).toEqual({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [
        { ...viewOf(backup, image.digest).descriptor, platform: { architecture: 's390x', os: 'linux' } },
      ],
    });
  });

  it("stands in index.json behind the image itself, under the same name, and images in OCI's words have none", async () => {
    const { backup, image } = await dockerBackup();
    const index = JSON.parse(String(layOut(backup).entries.at(-1)?.bytes));
    const named = index.manifests.map((one: { digest: string; annotations: Record<string, string> }) => [
      one.annotations['org.opencontainers.image.ref.name'],
      one.digest,
    ]);
    expect(named.filter(([name]: string[]) => name === 'registry.example.com/docker:1')).toEqual([
      ['registry.example.com/docker:1', image.digest],
      ['registry.example.com/docker:1', viewOf(backup, image.digest).descriptor.digest],
    ]);
    expect(ociViews(await sampleBackup())).toEqual(new Map());
  });

  it('is checked like everything else, and is no part of the image that a restore pushes', async () => {
    const { backup, image } = await dockerBackup();
    const bytes = await archiveOf(backup);
    const archive = await openArchive(piped(bytes));
    const { head } = await verifyArchive(archive);
    expect(head.totalBytes).toBe(bytes.length);
    expect(imageContent(head, image).manifests.map(({ digest }) => digest)).toEqual([image.digest]);
    const at = bytes.indexOf(viewOf(backup, image.digest).bytes);
    const bent = Buffer.from(bytes);
    bent[at + 20] = (bent[at + 20] ?? 0) ^ 1;
    await expect(openArchive(piped(bent))).rejects.toThrow(/digest|bytes/);
  });
});
