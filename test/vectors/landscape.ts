import { createHash } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import { arrange, type Contents, layOut, listingOf, sealOf } from '../../src/archive/head.ts';
import { blobName, paddingAfter, TRAILER_BYTES } from '../../src/archive/layout.ts';
import { ARCHIVE_MEDIA, FORMAT_VERSION, type Plan, type ResourceBlob } from '../../src/archive/plan.ts';
import { writePlan } from '../../src/archive/plan-file.ts';
import { writeSeal } from '../../src/archive/seal.ts';
import { encodeHeader } from '../../src/archive/tar.ts';
import { type Digest, digestOf } from '../../src/base/digest.ts';

/** The parts of which vectors are put together: a small backup, and its entries, to be bent at will. */

export interface Entry {
  name: string;
  bytes: Buffer;
  /** In place of the one that belongs there. */
  header?: Buffer;
}

export interface Small extends Contents {
  layers: { digest: Digest; bytes: Buffer }[];
}

const REPOSITORY = 'registry.example.com/korifi/shop-droplets';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

export function sha512(bytes: Buffer): Digest {
  return `sha512:${createHash('sha512').update(bytes).digest('hex')}` as Digest;
}

export const APP = {
  apiVersion: 'korifi.cloudfoundry.org/v1alpha1',
  kind: 'CFApp',
  metadata: { name: 'app', namespace: 'space' },
  spec: { displayName: 'shop' },
};

/** A blob of CFApps with these bytes before compression. */
export function appsBlob(lines: Buffer | string, claims: Partial<ResourceBlob> = {}) {
  return packedBlob(zstdCompressSync(lines), claims);
}

/** A blob of CFApps with these bytes, as they are. */
export function packedBlob(bytes: Buffer, claims: Partial<ResourceBlob> = {}) {
  const blob: ResourceBlob = {
    digest: digestOf(bytes),
    size: bytes.length,
    mediaType: ARCHIVE_MEDIA.resources,
    title: 'resources/CFApp.korifi.cloudfoundry.org-000.jsonl.zst',
    group: 'korifi.cloudfoundry.org',
    kind: 'CFApp',
    version: 'v1alpha1',
    objects: 1,
    ...claims,
  };
  return { blob, bytes };
}

export interface SmallOptions {
  apps?: { blob: ResourceBlob; bytes: Buffer };
  digest?: (bytes: Buffer) => Digest;
  /** What the image's manifest says, given what it ought to say. */
  manifest?: (right: { config: object; layers: object[] }) => object;
}

/** One app whose image has one layer. */
export function smallBackup({
  apps,
  digest = digestOf,
  manifest = right => right,
}: SmallOptions = {}): Small {
  const { blob, bytes } = apps ?? appsBlob(`${JSON.stringify(APP)}\n`);
  const layer = Buffer.alloc(600, 'droplet ');
  const config = json({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } });
  const right = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: digest(config),
      size: config.length,
    },
    layers: [
      { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: digest(layer), size: layer.length },
    ],
  };
  const image = json(manifest(right));
  const plan: Plan = {
    formatVersion: FORMAT_VERSION,
    createdAt: '2026-11-23T12:00:00Z',
    tool: { name: 'kubectl-asa-backup', version: '0.1.0' },
    source: { kubernetesVersion: 'v1.34.1', absentKinds: [] },
    secrets: { kind: 'plaintext' },
    resources: [blob],
    images: [
      {
        reference: `${REPOSITORY}:v1`,
        repository: REPOSITORY,
        digest: digest(image),
        mediaType: MANIFEST,
        size: image.length + config.length + layer.length,
        usedBy: ['CFBuild space/build'],
      },
    ],
    layers: [{ digest: digest(layer), size: layer.length, repositories: [REPOSITORY] }],
    losses: [],
  };
  const blobs = new Map([
    [blob.digest, bytes],
    [digest(config), config],
    [digest(image), image],
  ]);
  return { plan, blobs, layers: [{ digest: digest(layer), bytes: layer }] };
}

/**
 * The entries of a backup, the seal last, as they should be.
 *
 * @param planBytes in place of the plan's own bytes; all that follows from them follows from these.
 */
export function entriesOf({ plan, blobs, layers }: Small, planBytes = writePlan(plan)): Entry[] {
  const head = arrange({ plan, blobs }, planBytes);
  if (typeof head === 'string') throw new Error(head);
  const later = { losses: [], drift: [] };
  return [
    ...head.entries.map(({ name, bytes = Buffer.alloc(0) }) => ({ name, bytes })),
    ...layers.map(({ digest, bytes }) => ({ name: blobName(digest), bytes })),
    { name: 'seal.json', bytes: writeSeal(sealOf(head, listingOf(head), later)) },
  ];
}

/** A tar of entries, whatever they are. */
export function tarOf(entries: readonly Entry[], trailer = Buffer.alloc(TRAILER_BYTES)): Buffer {
  const parts = entries.flatMap(({ name, bytes, header }) => [
    header ?? encodeHeader(name, bytes.length),
    bytes,
    Buffer.alloc(paddingAfter(bytes.length)),
  ]);
  return Buffer.concat([...parts, trailer]);
}

/** The whole archive of a backup. */
export function archiveOf(backup: Small): Buffer {
  return tarOf(entriesOf(backup));
}

/** A header with some field written over, its checksum right. */
export function bentHeader(name: string, size: number, offset: number, text: string): Buffer {
  const header = encodeHeader(name, size);
  header.write(text, offset, 'latin1');
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** The place of an entry among those of {@link smallBackup}, by what it is. */
export const PLACE = {
  layout: 0,
  resources: 1,
  imageBlob: 2,
  plan: 4,
  backup: 5,
  index: 6,
  layer: 7,
  seal: 8,
} as const;

/** Bytes of a backup's head, for vectors that are cut or bent at its end. */
export function headBytes(backup: Small): number {
  return layOut(backup).bytes;
}
