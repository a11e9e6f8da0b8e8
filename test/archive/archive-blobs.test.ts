import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Contents } from '../../src/archive/head.ts';
import { imageContent } from '../../src/archive/images.ts';
import { openArchive } from '../../src/archive/open-archive.ts';
import type { ArchiveReader } from '../../src/archive/reader.ts';
import { readObjects } from '../../src/archive/resources.ts';
import { openVolumeSink } from '../../src/archive/volumes/volume-sink.ts';
import { type Digest, digestOf } from '../../src/base/digest.ts';
import type { KubeObject } from '../../src/base/object.ts';
import {
  APPS,
  app,
  archiveOf,
  type Backup,
  json,
  piped,
  sampleBackup,
  withObjects,
  writeTo,
} from './fixtures.ts';

const MiB = 1024 * 1024;
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const RESOURCE_BYTES = 8 * MiB;

let folder: string;
let backup: Backup;
let archive: Buffer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asa-archive-blobs-'));
  const objects = Array.from({ length: RESOURCE_BYTES / MiB }, (_, at) =>
    app(`large-${at}`, { spec: { random: randomBytes(MiB).toString('base64') } }),
  );
  backup = await withObjects(withOddConfig(await sampleBackup()), APPS, objects);
  archive = await archiveOf(backup);
});
afterAll(() => rm(folder, { recursive: true }));

/** With one image more, whose config looks like a resource blob and is none. */
function withOddConfig(sample: Backup): Backup {
  const blobs = new Map(sample.blobs);
  const store = (bytes: Buffer, mediaType: string) => {
    blobs.set(digestOf(bytes), bytes);
    return { mediaType, digest: digestOf(bytes), size: bytes.length };
  };
  const config = store(zstdCompressSync(Buffer.from('odd')), 'application/octet-stream');
  const manifest = json({ schemaVersion: 2, mediaType: MANIFEST, config, layers: [] });
  const image = {
    ...store(manifest, MANIFEST),
    reference: 'odd.example.com/one:v1',
    repository: 'odd.example.com/one',
  };
  const images = [...sample.plan.images, { ...image, usedBy: ['CFApp space/first'] }];
  return { ...sample, blobs, plan: { ...sample.plan, images } };
}

let files = 0;
async function file(bytes = archive): Promise<string> {
  const path = join(folder, `${files++}.tar`);
  await writeFile(path, bytes);
  return path;
}

async function objectsOf(contents: Contents): Promise<KubeObject[]> {
  const objects: KubeObject[] = [];
  for (const blob of contents.plan.resources) {
    for await (const object of readObjects(contents, blob)) objects.push(object);
  }
  return objects;
}

async function opened<T>(
  from: Parameters<typeof openArchive>[0],
  work: (reader: ArchiveReader) => Promise<T>,
): Promise<T> {
  const reader = await openArchive(from, { resourcesAside: true });
  try {
    return await work(reader);
  } finally {
    await reader.close();
  }
}

/** What this process holds outside of the heap, once nothing else is left. */
function buffersHeld(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().arrayBuffers;
}

const inMemory = ({ head }: ArchiveReader): Digest[] =>
  head.plan.resources.map(({ digest }) => digest).filter(digest => head.blobs.has(digest));

describe('resources that are left in the archive', () => {
  it('are read from there, also while layers pass, and take no memory', async () => {
    const path = await file();
    const expected = await objectsOf(backup);
    const before = buffersHeld();
    await opened(path, async reader => {
      // What is let go of is swept on another thread.
      await vi.waitFor(() => expect(buffersHeld() - before).toBeLessThan(RESOURCE_BYTES / 4), 5_000);
      expect(inMemory(reader)).toEqual([]);
      for await (const { body } of reader.layers()) {
        expect(await objectsOf(reader.head)).toEqual(expected);
        for await (const _ of body);
      }
      await reader.finish();
    });
  });

  it('are read from parts', async () => {
    const target = join(folder, 'parts.tar');
    const sink = await openVolumeSink(target, { volumeBytes: 2 * MiB });
    await writeTo(sink, backup);
    await sink.commit();
    await opened(sink.parts, async reader => {
      expect(inMemory(reader)).toEqual([]);
      expect(await objectsOf(reader.head)).toEqual(await objectsOf(backup));
    });
  });

  it('are in memory when parts are asked for: one is gone when the next one is there', async () => {
    const [away, drive] = [join(folder, 'away'), join(folder, 'drive')];
    await Promise.all([mkdir(away), mkdir(drive)]);
    const sink = await openVolumeSink(join(away, 'backup.tar'), { volumeBytes: 2 * MiB });
    await writeTo(sink, backup);
    await sink.commit();
    const insert = async (number: number) => {
      await rm(drive, { recursive: true });
      await mkdir(drive);
      const part = sink.parts[number - 1] ?? '';
      await copyFile(part, join(drive, basename(part)));
      return drive;
    };
    // The last one first, so that the size is known from the beginning.
    const given = await insert(sink.parts.length);
    const reader = await openArchive(given, {
      resourcesAside: true,
      askForPart: ({ number }) => insert(number),
    });
    await reader.finish();
    expect(await objectsOf(reader.head)).toEqual(await objectsOf(backup));
    await reader.close();
  });

  it('are in memory when the archive is a pipe', () =>
    opened(piped(archive), async reader => {
      expect(inMemory(reader)).toEqual(backup.plan.resources.map(({ digest }) => digest));
    }));

  it('are no others that only look like them', () =>
    opened(piped(archive), async fromPipe =>
      opened(await file(), async reader => {
        const [odd] = reader.head.plan.images.filter(
          ({ repository }) => repository === 'odd.example.com/one',
        );
        expect(odd && imageContent(reader.head, odd).configs).toHaveLength(1);
        expect([...fromPipe.head.blobs.keys()].sort()).toEqual(
          [...reader.head.blobs.keys(), ...reader.head.plan.resources.map(({ digest }) => digest)].sort(),
        );
        expect(reader.head.backup).toBe(fromPipe.head.backup);
      }),
    ));

  it('are refused, with their place, when the file is another one by then', async () => {
    const path = await file();
    await opened(path, async ({ head }) => {
      const digest = head.plan.resources.at(-1)?.digest ?? head.backup;
      const at = archive.indexOf(backup.blobs.get(digest) ?? Buffer.alloc(0));
      const handle = await open(path, 'r+');
      await handle.write(Buffer.from([archive.readUInt8(at + 100) ^ 1]), 0, 1, at + 100);
      await expect(objectsOf(head)).rejects.toMatchObject({
        code: 'damaged',
        subject: `blobs/${digest.replace(':', '/')} at byte ${at - 512}`,
      });
      await handle.truncate(at + 100);
      await handle.close();
      await expect(objectsOf(head)).rejects.toMatchObject({ code: 'incomplete' });
    });
  });
});
