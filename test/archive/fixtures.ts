import { type Contents, layOut } from '../../src/archive/head.ts';
import { openArchive } from '../../src/archive/open-archive.ts';
import { FORMAT_VERSION, type Plan, type ResourceBlob, SECOND_VERSION } from '../../src/archive/plan.ts';
import { ResourceChunker, type ResourceType } from '../../src/archive/resources.ts';
import type { SecretSealer } from '../../src/archive/secrets.ts';
import type { SealSigner } from '../../src/archive/signature.ts';
import type { Sink } from '../../src/archive/sink.ts';
import { ArchiveWriter } from '../../src/archive/writer.ts';
import { type Digest, digestOf } from '../../src/base/digest.ts';
import type { KubeObject } from '../../src/base/object.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

/** A whole backup in memory: what the head holds, and the layers' bytes in the order of the plan. */
export interface Backup extends Contents {
  layers: Buffer[];
}

/** A sink that keeps what it gets. */
export class MemorySink implements Sink {
  readonly #chunks: Buffer[] = [];
  position = 0;
  expected = 0;

  async expect(totalBytes: number): Promise<void> {
    this.expected = totalBytes;
  }

  async write(chunks: readonly Buffer[]): Promise<void> {
    for (const chunk of chunks) {
      this.#chunks.push(Buffer.from(chunk));
      this.position += chunk.length;
    }
  }

  async commit(): Promise<void> {}
  async abort(): Promise<void> {}

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

/** Writes a backup, its layers in chunks of some bytes. */
export async function writeTo(
  sink: Sink,
  backup: Backup,
  chunkBytes = 700,
  signer?: SealSigner,
): Promise<void> {
  const writer = new ArchiveWriter(sink, layOut(backup), signer);
  await writer.writeHead();
  for (const [index, layer] of backup.layers.entries()) {
    for (let at = 0; at < layer.length; at += chunkBytes) {
      await writer.writeLayer(index, layer.subarray(at, at + chunkBytes));
    }
  }
  await writer.seal();
}

export async function archiveOf(backup: Backup): Promise<Buffer> {
  const sink = new MemorySink();
  await writeTo(sink, backup);
  return sink.bytes;
}

/** The sample, signed or not, in the version that can be. */
export async function signedSample(signer?: SealSigner): Promise<Buffer> {
  const sample = await sampleBackup();
  const backup = { ...sample, plan: { ...sample.plan, formatVersion: SECOND_VERSION } };
  const sink = new MemorySink();
  await writeTo(sink, backup, 700, signer);
  if (sink.expected !== sink.bytes.length) throw new Error('the size that was told is another');
  return sink.bytes;
}

/** A backup of nothing but layers. */
export async function onlyLayers(layers: Buffer[]): Promise<Backup> {
  const { plan } = await sampleBackup();
  const planned = layers.map(bytes => ({ digest: digestOf(bytes), size: bytes.length, repositories: [] }));
  return { plan: { ...plan, images: [], resources: [], layers: planned }, blobs: new Map(), layers };
}

/** A whole archive in memory, to be changed and written again. */
export async function backupIn(archive: Buffer): Promise<Backup> {
  const reader = await openArchive(piped(archive));
  const layers: Buffer[] = [];
  for await (const { body } of reader.layers()) layers.push(Buffer.concat(await Array.fromAsync(body)));
  await reader.finish();
  return { plan: reader.head.plan, blobs: new Map(reader.head.blobs), layers };
}

/** The same backup with more objects of one kind. */
export async function withObjects(
  backup: Backup,
  type: ResourceType,
  objects: KubeObject[],
): Promise<Backup> {
  const before = backup.plan.resources.filter(
    ({ kind, group }) => kind === type.kind && group === type.group,
  );
  const more = await packed(type, objects);
  const renamed = more.map(({ blob, bytes }, at) => ({
    blob: {
      ...blob,
      title: blob.title.replace(/-\d+\./, `-${String(before.length + at).padStart(3, '0')}.`),
    },
    bytes,
  }));
  const blobs = new Map(backup.blobs);
  for (const { blob, bytes } of renamed) blobs.set(blob.digest, bytes);
  const resources = [...backup.plan.resources, ...renamed.map(({ blob }) => blob)];
  return { ...backup, plan: { ...backup.plan, resources }, blobs };
}

/** Bytes as a pipe brings them, in pieces of some size. */
export async function* piped(bytes: Buffer, pieceBytes = 64 * 1024): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

export function app(name: string, more: object = {}): KubeObject {
  return {
    apiVersion: 'korifi.cloudfoundry.org/v1alpha1',
    kind: 'CFApp',
    metadata: { name, namespace: 'space' },
    ...more,
  };
}

export function secret(name: string, value: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'space' }, data: { value } };
}

export const APPS: ResourceType = { group: 'korifi.cloudfoundry.org', kind: 'CFApp', version: 'v1alpha1' };
export const SECRETS: ResourceType = { group: '', kind: 'Secret', version: 'v1' };

/** A resource blob's bytes, and what the plan says of them. */
export interface PackedBlob {
  blob: ResourceBlob;
  bytes: Buffer;
}

export async function packed(
  type: ResourceType,
  objects: KubeObject[],
  sealer?: SecretSealer,
): Promise<PackedBlob[]> {
  const kept = new Map<Digest, Buffer>();
  const chunker = new ResourceChunker(type, (digest, bytes) => void kept.set(digest, bytes), sealer);
  for (const object of objects) chunker.add(object);
  const blobs = await chunker.finish();
  return blobs.map(blob => ({ blob, bytes: kept.get(blob.digest) ?? Buffer.alloc(0) }));
}

/**
 * A small foundation: two apps and a secret; an image by tag, the same by digest, and an index over two platforms
 * that share a layer; one layer is empty.
 */
export async function sampleBackup(sealer?: SecretSealer): Promise<Backup> {
  const layers = [Buffer.alloc(3000, 'droplet '), Buffer.from('small'), Buffer.alloc(0)];
  const blobs = new Map<Digest, Buffer>();
  const store = (bytes: Buffer, mediaType: string) => {
    blobs.set(digestOf(bytes), bytes);
    return { mediaType, digest: digestOf(bytes), size: bytes.length };
  };
  const layer = (at: number) => {
    const bytes = layers[at] ?? Buffer.alloc(0);
    return {
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
      digest: digestOf(bytes),
      size: bytes.length,
    };
  };
  const image = (architecture: string, of: number[]) => {
    const config = json({ architecture, os: 'linux', rootfs: { type: 'layers', diff_ids: [] } });
    return store(
      json({
        schemaVersion: 2,
        mediaType: MANIFEST,
        config: store(config, 'application/vnd.oci.image.config.v1+json'),
        layers: of.map(layer),
      }),
      MANIFEST,
    );
  };
  const single = image('amd64', [0, 1]);
  const index = store(
    json({ schemaVersion: 2, mediaType: INDEX, manifests: [image('arm64', [0]), image('riscv64', [1, 2])] }),
    INDEX,
  );
  const resources = [
    ...(await packed(APPS, [app('first', { spec: { displayName: 'shop' } }), app('second')])),
    ...(await packed(SECRETS, [secret('login', 'aHVudGVyMg==')], sealer)),
  ];
  for (const { blob, bytes } of resources) blobs.set(blob.digest, bytes);
  if (sealer?.key) blobs.set(sealer.key.blob.digest, sealer.key.bytes);
  const named = (reference: string, what: typeof single) => ({
    reference,
    repository: 'registry.example.com/korifi/app-droplets',
    digest: what.digest,
    mediaType: what.mediaType,
    size: what.size,
    usedBy: ['CFBuild space/build'],
  });
  const plan: Plan = {
    formatVersion: FORMAT_VERSION,
    createdAt: '2026-11-23T12:00:00Z',
    tool: { name: 'kubectl-asa-backup', version: '0.1.0' },
    source: { kubernetesVersion: 'v1.34.1', absentKinds: ['CFSecurityGroup'] },
    secrets: sealer?.protection ?? { kind: 'plaintext' },
    resources: resources.map(({ blob }) => blob),
    images: [
      named('registry.example.com/korifi/app-droplets:latest', single),
      named(`registry.example.com/korifi/app-droplets@${single.digest}`, single),
      named('registry.example.com/korifi/app-droplets:multi', index),
    ],
    layers: layers.map(bytes => ({
      digest: digestOf(bytes),
      size: bytes.length,
      repositories: ['registry.example.com/korifi/app-droplets'],
    })),
    losses: [
      { kind: 'kind-forbidden', subject: 'CFServiceBroker.korifi.cloudfoundry.org', reason: 'forbidden' },
    ],
  };
  return { plan, blobs, layers };
}

export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
