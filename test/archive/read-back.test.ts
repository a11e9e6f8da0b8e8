import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openFileSink } from '../../src/archive/file-sink.ts';
import { openArchive } from '../../src/archive/open-archive.ts';
import { readBackArchive, readBackVolume } from '../../src/archive/read-back.ts';
import { openVolumeSink } from '../../src/archive/volumes/volume-sink.ts';
import { digestOf } from '../../src/base/digest.ts';
import { type Backup, json, sampleBackup, writeTo } from './fixtures.ts';

let root: string;
let folder: string;
let backup: Backup;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'asa-read-back-'));
  const sample = await sampleBackup();
  // Larger than one read, and not a multiple of anything.
  const layers = [Buffer.alloc(2_345_679, 'layer ')];
  const described = (mediaType: string, bytes: Buffer) => ({
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
  });
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const config = json({ architecture: 'amd64', os: 'linux' });
  const manifest = json({
    schemaVersion: 2,
    mediaType,
    config: described('application/vnd.oci.image.config.v1+json', config),
    layers: layers.map(bytes => described('application/vnd.oci.image.layer.v1.tar', bytes)),
  });
  const repository = 'registry.example.com/app';
  const image = { reference: `${repository}:1`, repository, ...described(mediaType, manifest), usedBy: [] };
  const plan = {
    ...sample.plan,
    images: [image],
    resources: [],
    layers: layers.map(bytes => ({
      digest: digestOf(bytes),
      size: bytes.length,
      repositories: [repository],
    })),
  };
  backup = { plan, blobs: new Map([config, manifest].map(bytes => [digestOf(bytes), bytes])), layers };
});
afterAll(() => rm(root, { recursive: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(root, 'case-'));
});

/** A medium that does not give back what it was given. */
async function bend(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  await writeFile(path, bytes);
}

describe('an archive that is read back', () => {
  it('is right, and it is known where it came from', async () => {
    const read: number[] = [];
    let from: string | undefined;
    const sink = await openFileSink(join(folder, 'backup.tar'), {
      check: async partial => {
        from = await readBackArchive(partial, bytes => read.push(bytes));
        expect(await readdir(folder)).toEqual(['backup.tar.partial']);
      },
    });
    await writeTo(sink, backup, 500_000);
    await sink.commit();
    expect(['medium', 'cache']).toContain(from);
    expect(read.at(-1)).toBe(sink.position);
    expect(await readdir(folder)).toEqual(['backup.tar']);
  });

  it('is not what was written: it does not get its name, and does not look like an archive', async () => {
    const path = join(folder, 'backup.tar');
    const sink = await openFileSink(path, {
      check: async partial => {
        await bend(partial, 1_000_000);
        await readBackArchive(partial, () => {});
      },
    });
    await writeTo(sink, backup, 500_000);
    await expect(sink.commit()).rejects.toMatchObject({
      exit: 4,
      message: expect.stringMatching(/^what was read back is not what was written: blobs\/sha256/),
      subject: `${path}.partial`,
      hints: ['the medium is not to be trusted: use another one'],
    });
    await sink.abort(true);
    expect(await readdir(folder)).toEqual(['backup.tar.partial']);
    // With its bit mended it still lacks its end.
    await bend(`${path}.partial`, 1_000_000);
    const reader = await openArchive(`${path}.partial`);
    await expect(reader.finish()).rejects.toMatchObject({ code: 'incomplete' });
    await reader.close();
  });

  it('in parts is read back part by part', async () => {
    const checked: number[] = [];
    const sink = await openVolumeSink(join(folder, 'backup.tar'), {
      volumeBytes: 900_000,
      checkVolume: async (path, volume) => {
        checked.push(volume.number);
        if (volume.number === 2) await bend(path, 500_000);
        await readBackVolume(path, volume, () => {});
      },
    });
    await expect(writeTo(sink, backup, 500_000)).rejects.toMatchObject({
      exit: 4,
      message: 'what was read back is not what was written: the part does not have its digest',
      subject: join(folder, 'backup.002.tar.partial'),
    });
    await sink.abort(true);
    expect(checked).toEqual([1, 2]);
    expect(await readdir(folder)).toEqual(['backup.001.tar', 'backup.002.tar.partial']);
  });
});
