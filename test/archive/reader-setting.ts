import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { openArchive } from '../../src/archive/open-archive.ts';
import type { Seal } from '../../src/archive/seal.ts';
import { digestOf } from '../../src/base/digest.ts';
import { Failure } from '../../src/base/errors.ts';
import { archiveOf, type Backup, sampleBackup } from './fixtures.ts';

export let folder: string;
export let backup: Backup;
export let archive: Buffer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asa-archive-'));
  backup = await sampleBackup();
  archive = await archiveOf(backup);
});

afterAll(() => rm(folder, { recursive: true }));

export async function file(bytes: Buffer): Promise<string> {
  const path = join(folder, `${digestOf(bytes).slice(7, 23)}.tar`);
  await writeFile(path, bytes);
  return path;
}

export async function readAll(
  from: string | AsyncIterable<Buffer>,
): Promise<{ layers: Buffer[]; seal: Seal }> {
  const reader = await openArchive(from);
  try {
    const layers: Buffer[] = [];
    for await (const { body } of reader.layers()) {
      const pieces: Buffer[] = [];
      for await (const piece of body) pieces.push(piece);
      layers.push(Buffer.concat(pieces));
    }
    return { layers, seal: await reader.finish() };
  } finally {
    await reader.close();
  }
}

export async function failureOf(from: string | AsyncIterable<Buffer>): Promise<Failure> {
  try {
    await readAll(from);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('it was read without a complaint');
}
