import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { layOut } from '../../src/archive/head.ts';
import { openArchive } from '../../src/archive/open-archive.ts';
import { encodeHeader } from '../../src/archive/tar.ts';
import { inspectArchive } from '../../src/archive/verify.ts';
import { patterned } from '../registry/setting.ts';
import { archiveOf, onlyLayers, piped } from './fixtures.ts';
import { archive, backup, failureOf, file, folder, readAll } from './reader-setting.ts';

describe('reading an archive', () => {
  it('gives back what was written, from a file', async () => {
    const reader = await openArchive(await file(archive));
    expect(reader.head.plan).toEqual(backup.plan);
    expect(reader.head.blobs).toEqual(backup.blobs);
    expect(reader.head.backup).toBe(layOut(backup).backup);
    await reader.close();
    expect((await readAll(await file(archive))).layers).toEqual(backup.layers);
  });

  it.each([1, 511, 512, 513, 65536])(
    'gives back what was written, from a pipe in pieces of %i bytes',
    async size => {
      const { layers, seal } = await readAll(piped(archive, size));
      expect(layers).toEqual(backup.layers);
      expect(seal).toMatchObject({ formatVersion: 1, backup: layOut(backup).backup, losses: [], drift: [] });
    },
  );

  it('reports how far it is', async () => {
    const positions: number[] = [];
    const reader = await openArchive(piped(archive, 1000), { onRead: position => positions.push(position) });
    await reader.finish();
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(positions.at(-1)).toBe(archive.length);
  });

  it('passes, and checks, what the consumer leaves', async () => {
    const reader = await openArchive(piped(archive, 100));
    for await (const { body } of reader.layers()) for await (const _ of body) break;
    expect(await reader.finish()).toMatchObject({ formatVersion: 1 });
    const broken = Buffer.from(archive);
    broken.writeUInt8(0xff, layOut(backup).bytes + 512 + 2500);
    const second = await openArchive(piped(broken, 100));
    const leave = async () => {
      for await (const { body } of second.layers()) for await (const _ of body) break;
    };
    await expect(leave()).rejects.toMatchObject({ code: 'damaged' });
  });

  it('leaves the pieces that it gave out alone, whatever passes afterwards', async () => {
    const large = Array.from({ length: 3 * 2 ** 20 }, (_, at) => at % 251);
    const layers = [Buffer.from(large), Buffer.from(large.reverse())];
    const reader = await openArchive(await file(await archiveOf(await onlyLayers(layers))));
    const pieces: Buffer[] = [];
    for await (const { body } of reader.layers()) {
      for await (const piece of body) {
        pieces.push(piece);
        break;
      }
    }
    await reader.finish();
    await reader.close();
    expect(pieces.length).toBe(2);
    for (const [at, piece] of pieces.entries()) {
      expect(piece.equals(layers[at]?.subarray(0, piece.length) ?? Buffer.alloc(0))).toBe(true);
    }
  });

  it('reads on into the memory of pieces that came back, and of no others', async () => {
    const layers = [patterned(5 * 2 ** 20, 1), patterned(700, 2), patterned(900, 3), patterned(2 ** 20, 4)];
    const reader = await openArchive(await file(await archiveOf(await onlyLayers(layers))));
    const memory = new Set<ArrayBufferLike>();
    const kept: Buffer[] = [];
    for await (const { body, index, giveBack } of reader.layers()) {
      for await (const piece of body) {
        memory.add(piece.buffer);
        if (index === 1) kept.push(piece);
        else giveBack(piece);
      }
    }
    await reader.finish();
    await reader.close();
    expect(memory.size).toBe(2);
    expect(Buffer.concat(kept)).toEqual(layers[1]);
  });

  it('gives out the last piece of a layer only when its digest is right', async () => {
    const broken = Buffer.from(archive);
    broken.writeUInt8(0xff, layOut(backup).bytes + 512);
    const reader = await openArchive(piped(broken, 512));
    let seen = 0;
    const consume = async () => {
      for await (const { body } of reader.layers()) for await (const piece of body) seen += piece.length;
    };
    await expect(consume()).rejects.toMatchObject({ code: 'damaged' });
    expect(seen).toBeLessThan(backup.layers[0]?.length ?? 0);
  });

  it('takes zeros after the end, as tapes pad, and nothing else', async () => {
    await readAll(piped(Buffer.concat([archive, Buffer.alloc(8192)])));
    expect(await failureOf(piped(Buffer.concat([archive, Buffer.alloc(512, 'x')])))).toMatchObject({
      code: 'damaged',
      message: 'something follows the end of the tar',
    });
    expect(await failureOf(piped(Buffer.concat([archive, Buffer.alloc(2 ** 20 + 1)])))).toMatchObject({
      code: 'damaged',
    });
  });
});

describe('inspecting a file', () => {
  it('does not read the layers', async () => {
    const path = await file(archive);
    let bytes = 0;
    const broken = Buffer.from(archive);
    broken.writeUInt8(0xff, layOut(backup).bytes + 512);
    expect(await inspectArchive(path, { onRead: position => (bytes = position) })).toMatchObject({
      layersRead: false,
    });
    expect(bytes).toBe(archive.length);
    expect(await inspectArchive(await file(broken))).toMatchObject({ layersRead: false });
    await expect(inspectArchive(piped(broken))).rejects.toMatchObject({ code: 'damaged' });
  });

  it('notices a file that is too short at once', async () => {
    const short = await file(archive.subarray(0, layOut(backup).bytes + 600));
    await expect(openArchive(short)).rejects.toMatchObject({ code: 'incomplete', exit: 4 });
  });
});

describe('what is no archive', () => {
  it.each([
    ['an empty file', () => Buffer.alloc(0), 'it is empty'],
    ['a gzipped archive', () => gzipSync(archive), 'it is compressed with gzip'],
    ['an archive in zstd', () => zstdCompressSync(archive), 'it is compressed with zstd'],
    ['a zip', () => Buffer.from('PK\x03\x04rest'), 'it is a zip file'],
    ['a kubeconfig', () => Buffer.from('apiVersion: v1\nkind: Config'), 'it is YAML'],
    ['noise', () => Buffer.alloc(2000, '?'), 'it is no tar'],
    ['zeros', () => Buffer.alloc(2000), 'it is no tar'],
    [
      'another tar',
      () => Buffer.concat([encodeHeader('etc/hosts', 0), Buffer.alloc(1024)]),
      'starts with "etc/hosts"',
    ],
    ['an image of skopeo', () => ociLayoutTar(), 'it is an OCI image layout without a backup in it'],
    [
      'an image with headers of its own',
      () => otherMode(ociLayoutTar()),
      'image layout without a backup in it',
    ],
  ])('is told: %s', async (_, bytes, reason) => {
    for (const from of [await file(bytes()), piped(bytes())]) {
      const failure = await failureOf(from);
      expect(failure).toMatchObject({
        code: 'not-an-archive',
        exit: 4,
        message: expect.stringContaining(reason),
      });
    }
  });

  it('is told: a file that is not there, a folder', async () => {
    expect(await failureOf(join(folder, 'none'))).toMatchObject({ code: 'io-error', exit: 1 });
    expect(await failureOf(folder)).toMatchObject({
      ...{ code: 'usage', message: 'there is no part of an archive in this folder', subject: folder },
      hints: ['give the file of the archive, or the folder that its parts are in'],
    });
  });
});

it('an archive of a later format is told by its first entry', async () => {
  const layout = Buffer.from('{"imageLayoutVersion":"1.0.0","formatVersion":3}');
  const later = Buffer.concat([
    encodeHeader('oci-layout', layout.length),
    layout,
    Buffer.alloc(512 - layout.length),
  ]);
  expect(await failureOf(piped(later))).toMatchObject({
    code: 'newer-format',
    message: 'the archive has format version 3, and this program reads up to version 2',
    hints: ['use a newer release of this program'],
  });
});

function ociLayoutTar(): Buffer {
  const layout = Buffer.from('{"imageLayoutVersion":"1.0.0"}');
  return Buffer.concat([
    encodeHeader('oci-layout', layout.length),
    layout,
    Buffer.alloc(512 - layout.length),
  ]);
}

/** Mode 0755 in the first header, and the checksum that belongs to it. */
function otherMode(tar: Buffer): Buffer {
  const [before, after] = ['0000644', '0000755'];
  tar.write(after, 100);
  const sum = Number.parseInt(tar.toString('latin1', 148, 154), 8);
  const more = Buffer.from(after).reduce((total, byte) => total + byte, 0);
  const less = Buffer.from(before).reduce((total, byte) => total + byte, 0);
  tar.write((sum + more - less).toString(8).padStart(6, '0'), 148);
  return tar;
}
