import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Digest, digestOf } from '../../src/base/digest.ts';

/** Files of an image layout by name, in the order in which they are to be packed. */
export type Files = Record<string, Buffer | string>;

const OCI = 'application/vnd.oci.image';

/** An index of two platforms, as an image layout that knows nothing of backups. */
export interface SampleLayout {
  readonly files: Files;
  readonly index: Digest;
  /** The digests of everything in it. */
  readonly blobs: readonly Digest[];
  readonly layer: Digest;
}

export function sampleLayout(): SampleLayout {
  const files: Files = {};
  const blobs: Digest[] = [];
  const add = (bytes: Buffer | string, mediaType: string, more: object = {}) => {
    const digest = digestOf(bytes);
    files[blobFile(digest)] = bytes;
    blobs.push(digest);
    return { mediaType, digest, size: Buffer.byteLength(bytes), ...more };
  };
  const shared = add(Buffer.alloc(5_000, 'layer'), `${OCI}.layer.v1.tar`);
  const platforms = ['amd64', 'arm64'].map(architecture => {
    const config = add(JSON.stringify({ os: 'linux', architecture, config: {} }), `${OCI}.config.v1+json`);
    const mediaType = `${OCI}.manifest.v1+json`;
    const manifest = { schemaVersion: 2, mediaType, config, layers: [shared] };
    return add(JSON.stringify(manifest), mediaType, { platform: { os: 'linux', architecture } });
  });
  const mediaType = `${OCI}.index.v1+json`;
  const index = add(JSON.stringify({ schemaVersion: 2, mediaType, manifests: platforms }), mediaType, {
    annotations: { 'org.opencontainers.image.ref.name': 'v1' },
  });
  files['index.json'] = JSON.stringify({ schemaVersion: 2, manifests: [index] });
  files['oci-layout'] = '{"imageLayoutVersion":"1.0.0"}';
  return { files, index: index.digest, blobs, layer: shared.digest };
}

export function blobFile(digest: Digest): string {
  return `blobs/${digest.replace(':', '/')}`;
}

/** Packs files by the system's tar, in the order given. */
export function packed(files: Files, ...flags: string[]): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'asa-backup-layout-'));
  try {
    for (const [name, bytes] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), bytes);
    }
    const names = flags.includes('.') ? [] : Object.keys(files);
    execFileSync('tar', ['-cf', 'out.tar', '--exclude=./out.tar', ...flags, ...names], { cwd: folder });
    return readFileSync(join(folder, 'out.tar'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
