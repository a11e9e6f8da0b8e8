import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { ArchiveFrom } from '../../src/archive/feed.ts';
import { openArchive } from '../../src/archive/open-archive.ts';
import type { Seal } from '../../src/archive/seal.ts';
import type { AskForPart } from '../../src/archive/volumes/part-finder.ts';
import { openVolumeSink, type VolumeOptions } from '../../src/archive/volumes/volume-sink.ts';
import { archiveOf, type Backup, onlyLayers, writeTo } from './fixtures.ts';

let root: string;
/** Of each test. */
export let folder: string;
export let backup: Backup;
/** Of the same size. */
export let other: Backup;
/** The backup in one file. */
export let archive: Buffer;

/** An archive of some 300 KB over a few incompressible layers, so that it makes five parts of the least size. */
async function withLayers(seed: number): Promise<Backup> {
  const layers = [90_000, 70_001, 100_000].map((size, at) =>
    Buffer.from(Array.from({ length: size }, (_, byte) => (byte * (seed + at) + (byte >> 8)) & 0xff)),
  );
  const backup = await onlyLayers(layers);
  return { ...backup, plan: { ...backup.plan, createdAt: `2026-11-2${seed}T12:00:00Z` } };
}

export const SIZE = 64 * 1024;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'asa-volumes-'));
  backup = await withLayers(3);
  other = await withLayers(5);
  archive = await archiveOf(backup);
});

afterAll(() => rm(root, { recursive: true }));

beforeEach(async () => {
  folder = await mkdtemp(join(root, 'case-'));
});

export async function cut(
  what = backup,
  options: Partial<VolumeOptions> = {},
  to = folder,
): Promise<string[]> {
  const sink = await openVolumeSink(join(to, 'backup.tar'), { volumeBytes: SIZE, ...options });
  await writeTo(sink, what, 5_000);
  await sink.commit();
  return [...sink.parts];
}

export async function readAll(
  from: ArchiveFrom,
  askForPart?: AskForPart,
): Promise<{ layers: Buffer[]; seal: Seal }> {
  const reader = await openArchive(from, askForPart === undefined ? {} : { askForPart });
  try {
    const layers: Buffer[] = [];
    for await (const { body } of reader.layers()) layers.push(Buffer.concat(await Array.fromAsync(body)));
    return { layers, seal: await reader.finish() };
  } finally {
    await reader.close();
  }
}

/** Changes one byte of a file. */
export async function bend(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 4, at);
  await writeFile(path, bytes);
}
