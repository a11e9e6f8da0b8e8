import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readImageLayout } from '../../src/archive/image-layout/layout.ts';
import { isImageLayout } from '../../src/archive/image-layout/recognise.ts';
import { openArchive, openSource } from '../../src/archive/open-archive.ts';
import { digestOf } from '../../src/base/digest.ts';
import { createRegistries } from '../../src/registry/client.ts';
import { ANONYMOUS } from '../../src/registry/credentials.ts';
import type { Descriptor } from '../../src/registry/descriptor.ts';
import { MEDIA } from '../../src/registry/descriptor.ts';
import { parseReference, parseRepository } from '../../src/registry/reference.ts';
import type { Registries } from '../../src/registry/registry.ts';
import { diffIdOf, layerOf, syntheticLayer } from '../../src/sandbox/registry/layer.ts';
import { piped } from '../archive/fixtures.ts';
import { exportImages, restoreImages } from '../restore/images/move-images.ts';
import { program } from '../testbed/programs.ts';
import { type RealRegistry, startRegistry } from '../testbed/testbed.ts';
import { cosignTag, pusher } from './artifacts.ts';
import { descriptorOf, inChunks } from './setting.ts';

/** What a program prints, byte for byte. */
const read = async (name: string, ...args: string[]) =>
  (await promisify(execFile)(name === 'skopeo' ? name : program(name), args, { encoding: 'buffer' })).stdout;
const run = async (name: string, ...args: string[]) => (await read(name, ...args)).toString().trim();

/** A registry with an index and what is attached to it, and a bundle within a bundle, signed; all by digest. */
interface Source {
  readonly registry: RealRegistry;
  readonly registries: Registries;
  readonly index: Descriptor;
  readonly bundle: Descriptor;
  /** Every manifest there, `path@digest` as it stands in the registry. */
  readonly manifests: readonly { path: string; descriptor: Descriptor }[];
}

async function fill(registry: RealRegistry, registries: Registries): Promise<Source> {
  const manifests: { path: string; descriptor: Descriptor }[] = [];
  const note = (path: string, descriptor: Descriptor) => {
    manifests.push({ path, descriptor });
    return descriptor;
  };
  const app = pusher(registries, registry.host, 'team/app');
  const platforms = [];
  for (const name of ['amd64', 'arm64']) {
    const layers = [syntheticLayer('base', 50_000), syntheticLayer(name, 70_000)];
    platforms.push(note('team/app', await push('team/app', layers, { architecture: name }, OCI)));
  }
  const index = note('team/app', await app.index(platforms, { tag: 'v1' }));
  const sbom = { layers: ['an SBOM'], subject: index, artifactType: 'application/spdx+json' };
  const attached = note('team/app', await app.image(sbom));
  note(
    'team/app',
    await app.image({ layers: ['of it'], subject: attached, artifactType: 'example/signature' }),
  );
  const bundles = 'carvel/bundles';
  const member = note('carvel/images', await imgpkgImage('carvel/images', { content: 'a component' }));
  const inner = note(
    bundles,
    await imgpkgImage(bundles, lockOf([`${registry.host}/carvel/images@${member.digest}`])),
  );
  const outer = lockOf([
    `${registry.host}/${bundles}@${inner.digest}`,
    `${registry.host}/team/app@${index.digest}`,
  ]);
  const bundle = note(bundles, await imgpkgImage(bundles, outer, '1.0.0'));
  const signing = pusher(registries, registry.host, bundles);
  note(bundles, await signing.image({ layers: ['a signature'], tag: cosignTag(bundle, 'sig') }));
  return { registry, registries, index, bundle, manifests };

  /** As imgpkg makes them: docker schema 2, one layer, a bundle by its label. */
  async function imgpkgImage(path: string, files: Record<string, string>, tag?: string): Promise<Descriptor> {
    const isBundle = '.imgpkg/images.yml' in files;
    const config = isBundle ? { Labels: { 'dev.carvel.imgpkg.bundle': 'true' } } : {};
    return push(path, [layerOf(files)], { architecture: 'amd64', config }, DOCKER, tag);
  }

  async function push(
    path: string,
    layers: readonly Buffer[],
    about: object,
    types: typeof OCI | typeof DOCKER,
    tag?: string,
  ): Promise<Descriptor> {
    const repository = parseRepository(`${registry.host}/${path}`);
    const rootfs = { type: 'layers', diff_ids: layers.map(diffIdOf) };
    const config = Buffer.from(JSON.stringify({ os: 'linux', ...about, rootfs }));
    for (const bytes of [...layers, config]) {
      await registries.pushBlob(repository, descriptorOf(bytes), inChunks(bytes));
    }
    const bytes = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: types.manifest,
        config: descriptorOf(config, types.config),
        layers: layers.map(layer => descriptorOf(layer, types.layer)),
      }),
    );
    const descriptor = descriptorOf(bytes, types.manifest);
    await registries.pushManifest(repository, { descriptor, bytes }, tag);
    return descriptor;
  }
}

const OCI = {
  manifest: MEDIA.ociManifest,
  config: MEDIA.ociConfig,
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
};
const DOCKER = { manifest: MEDIA.dockerManifest, config: MEDIA.dockerConfig, layer: MEDIA.dockerLayer };

function lockOf(images: readonly string[]): Record<string, string> {
  const entries = images.map(image => `\n- image: ${image}`).join('');
  const lock = `---\napiVersion: imgpkg.carvel.dev/v1alpha1\nkind: ImagesLock\nimages:${entries}\n`;
  return { '.imgpkg/images.yml': lock };
}

/** The blobs that a manifest names. */
function blobsOf({ config, layers = [] }: { config?: Descriptor; layers?: Descriptor[] }): string[] {
  return [...(config ? [config] : []), ...layers].map(({ digest }) => digest);
}

/** The blobs of an OCI layout by digest, each of which has to be what its name says. */
async function blobsIn(layout: string): Promise<string[]> {
  const names = await readdir(join(layout, 'blobs', 'sha256'));
  for (const name of names) {
    expect(digestOf(await readFile(join(layout, 'blobs', 'sha256', name)))).toBe(`sha256:${name}`);
  }
  return names.map(name => `sha256:${name}`).sort();
}

describe('images on the real registry, and other tools', () => {
  let folder: string;
  let source: Source;
  let target: RealRegistry;
  let tar: string;
  /** The same unpacked. */
  let layout: string;
  let reference: string;
  let bundle: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'asa-backup-peers-'));
    const registries = createRegistries({ credentials: ANONYMOUS, environment: {} });
    source = await fill(await startRegistry(), registries);
    target = await startRegistry();
    reference = `${source.registry.host}/team/app:v1`;
    bundle = `${source.registry.host}/carvel/bundles:1.0.0`;
    const { archive, plan } = await exportImages([reference, bundle], registries);
    expect(plan.losses).toEqual([]);
    tar = join(folder, 'backup.tar');
    await writeFile(tar, archive);
    layout = join(folder, 'unpacked');
    await mkdir(layout);
    await promisify(execFile)('tar', ['-xf', tar, '-C', layout]);
    await restoreImages(archive, registries, [{ from: source.registry.host, to: target.host }]);
  });
  afterAll(async () => {
    await source?.registries.close();
    await Promise.all([source?.registry.stop(), target?.stop(), rm(folder, { recursive: true })]);
  });

  /** What ORAS takes along of the index: both platforms, what is attached, and what is attached to that. */
  async function wanted(): Promise<string[]> {
    const layout = join(folder, 'wanted');
    await run('oras', 'copy', `http://${source.registry.host}/team/app`, 'v1', layout);
    const blobs = await blobsIn(layout);
    for (const { path, descriptor } of source.manifests) {
      if (path === 'team/app') expect(blobs).toContain(descriptor.digest);
    }
    return blobs;
  }

  it('are read by the ORAS library from the tar itself, digest by digest', async () => {
    const layout = join(folder, 'from-tar');
    expect(await run('oras', 'copy', tar, reference, layout)).toBe(source.index.digest);
    expect(await blobsIn(layout)).toEqual(await wanted());
  });

  it('are read by skopeo, crane and regctl from the unpacked layout, digest by digest', async () => {
    const skopeo = join(folder, 'by-skopeo');
    const copy = ['copy', '--all', '--insecure-policy', `oci:${layout}:${reference}`, `dir:${skopeo}`];
    await run('skopeo', ...copy);
    const copied = new Map<string, string>();
    for (const name of await readdir(skopeo)) copied.set(name, digestOf(await readFile(join(skopeo, name))));
    expect(copied.get('manifest.json')).toBe(source.index.digest);
    const repository = `${target.host}/by-crane`;
    await run('crane', 'push', '--index', layout, `${repository}:all`);
    for (const { descriptor } of source.manifests) {
      const { digest } = descriptor;
      expect(await run('crane', 'digest', `${repository}@${digest}`)).toBe(digest);
      const bytes = await read(
        'regctl',
        'manifest',
        'get',
        `ocidir://${layout}@${digest}`,
        '--format',
        'raw-body',
      );
      expect(digestOf(bytes)).toBe(digest);
      for (const blob of blobsOf(JSON.parse(bytes.toString()))) {
        expect(digestOf(await read('crane', 'blob', `${repository}@${blob}`))).toBe(blob);
        expect(digestOf(await read('regctl', 'blob', 'get', `ocidir://${layout}`, blob))).toBe(blob);
      }
    }
    // Both platforms, which were put in first.
    for (const { descriptor } of source.manifests.slice(0, 2)) {
      expect([...copied.values()]).toContain(descriptor.digest);
    }
  });

  it('are read by the ORAS library from the unpacked layout, and pushed from there', async () => {
    const repository = `${target.host}/by-oras`;
    expect(await run('oras', 'copy', layout, reference, `http://${repository}`, 'v1')).toBe(
      source.index.digest,
    );
    const { stdout } = await promisify(execFile)(program('crane'), [
      'validate',
      '--remote',
      `${repository}:v1`,
    ]);
    expect(stdout).toContain('PASS');
  });

  it('are the same to ORAS, crane, regctl and skopeo after a restore', async () => {
    const restored = `${target.host}/team/app`;
    const layout = join(folder, 'restored');
    expect(await run('oras', 'copy', `http://${restored}`, 'v1', layout)).toBe(source.index.digest);
    expect(await blobsIn(layout)).toEqual(await wanted());
    expect(await run('crane', 'digest', `${restored}:v1`)).toBe(source.index.digest);
    await run('crane', 'validate', '--remote', `${restored}:v1`);
    const regctl = ['--host', `reg=${target.host},tls=disabled`, 'image', 'export', `${restored}:v1`];
    await run('regctl', ...regctl, join(folder, 'regctl.tar'));
    const copy = ['copy', '--all', '--insecure-policy', '--src-tls-verify=false'];
    await run('skopeo', ...copy, `docker://${restored}:v1`, `dir:${join(folder, 'skopeo')}`);
    expect(digestOf(await readFile(join(folder, 'skopeo', 'manifest.json')))).toBe(source.index.digest);
  });

  it('that are a bundle in a bundle, signed, have every manifest byte by byte', async () => {
    const { registries } = source;
    const at = parseRepository(`${target.host}/carvel/bundles`);
    for (const { path, descriptor } of source.manifests) {
      const original = await registries.manifest(
        parseReference(`${source.registry.host}/${path}@${descriptor.digest}`),
      );
      // What a bundle locks is in the bundle's repository then; what is only attached to the app is with the app too.
      const restored = await registries.manifest({ ...at, digest: descriptor.digest });
      expect(restored.bytes.equals(original.bytes)).toBe(true);
      expect(restored.descriptor.mediaType).toBe(descriptor.mediaType);
    }
    const signature = source.manifests.at(-1)?.descriptor.digest;
    expect(await registries.hasManifest({ ...at, tag: cosignTag(source.bundle, 'sig') })).toBe(signature);
    expect(await registries.hasManifest({ ...at, tag: '1.0.0' })).toBe(source.bundle.digest);
    const locations = `${source.bundle.digest.replace(':', '-')}.image-locations.imgpkg`;
    const { layers } = JSON.parse((await registries.manifest({ ...at, tag: locations })).bytes.toString());
    expect(layers).toMatchObject([{ mediaType: MEDIA.dockerLayer }]);
  });

  it.each([
    [
      'skopeo copy --all',
      'v1',
      (path: string) => [
        ...['skopeo', 'copy', '--all', '--insecure-policy', '--src-tls-verify=false'],
        ...[`docker://${reference}`, `oci-archive:${path}:v1`],
      ],
    ],
    [
      'regctl image export',
      undefined,
      (path: string) => [
        ...['regctl', '--host', `reg=${source.registry.host},tls=disabled`],
        ...['image', 'export', reference, path],
      ],
    ],
  ])('in a tar of %s are read as what they are, digest by digest', async (name, called, command) => {
    const path = join(folder, `${name.split(' ')[0]}-layout.tar`);
    const [tool = '', ...args] = command(path);
    await run(tool, ...args);
    const unpacked = join(folder, `${name.split(' ')[0]}-unpacked`);
    await mkdir(unpacked);
    await promisify(execFile)('tar', ['-xf', path, '-C', unpacked]);
    const { manifests } = JSON.parse(await readFile(join(unpacked, 'index.json'), 'utf8'));
    const blobs = await blobsIn(unpacked);
    const bytes = await readFile(path);
    for (const from of [path, piped(bytes)]) {
      const layout = await readLayout(from);
      expect(layout).toMatchObject({
        images: [{ name: called ?? reference, digest: manifests[0].digest, platforms: [] }],
        blobs: blobs.length,
        strays: 0,
      });
    }
    // Skopeo writes the index anew; regctl's is that of the registry.
    if (called === undefined) expect(manifests[0].digest).toBe(source.index.digest);
    for (const { descriptor } of source.manifests.slice(0, 2)) expect(blobs).toContain(descriptor.digest);
    for (const digest of blobs) {
      const bent = Buffer.from(bytes);
      const at = bent.indexOf(`blobs/${digest.replace(':', '/')}`) + 512;
      bent[at] = (bent[at] ?? 0) ^ 1;
      await expect(readLayout(piped(bent))).rejects.toMatchObject({
        code: 'damaged',
        subject: expect.stringContaining(digest.slice('sha256:'.length)),
      });
    }
    await expect(openArchive(path)).rejects.toMatchObject({
      code: 'not-an-archive',
      message: 'this is not a backup: it is an OCI image layout without a backup in it',
    });
  });
});

async function readLayout(from: string | AsyncIterable<Buffer>) {
  const opened = await openSource(from);
  try {
    expect(await isImageLayout(opened)).toBe(true);
    return await readImageLayout(opened, 'check');
  } finally {
    await opened.close();
  }
}
