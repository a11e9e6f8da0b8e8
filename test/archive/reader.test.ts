import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layOut } from '../../src/archive/head.ts';
import { openArchive } from '../../src/archive/open-archive.ts';
import type { Seal } from '../../src/archive/seal.ts';
import { encodeHeader } from '../../src/archive/tar.ts';
import { inspectArchive, verifyArchive } from '../../src/archive/verify.ts';
import { digestOf } from '../../src/base/digest.ts';
import { Failure } from '../../src/base/errors.ts';
import { patterned } from '../registry/setting.ts';
import { archiveOf, type Backup, onlyLayers, piped, sampleBackup } from './fixtures.ts';

let folder: string;
let backup: Backup;
let archive: Buffer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asa-archive-'));
  backup = await sampleBackup();
  archive = await archiveOf(backup);
});
afterAll(() => rm(folder, { recursive: true }));

async function file(bytes: Buffer): Promise<string> {
  const path = join(folder, `${digestOf(bytes).slice(7, 23)}.tar`);
  await writeFile(path, bytes);
  return path;
}

async function readAll(from: string | AsyncIterable<Buffer>): Promise<{ layers: Buffer[]; seal: Seal }> {
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

async function failureOf(from: string | AsyncIterable<Buffer>): Promise<Failure> {
  try {
    await readAll(from);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('it was read without a complaint');
}

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

describe('an incomplete archive', () => {
  it('is told wherever it was cut', async () => {
    for (let length = 1; length < archive.length; length += 97) {
      const { exit, code } = await failureOf(piped(archive.subarray(0, length)));
      expect([length, exit, code]).toEqual([length, 4, 'incomplete']);
    }
  });

  it('is told when it was cut between two entries', async () => {
    const bytes = layOut(backup).bytes;
    expect(await failureOf(piped(archive.subarray(0, bytes)))).toMatchObject({
      code: 'incomplete',
      message: expect.stringMatching(/^the archive is incomplete: it ends before its layer sha256:/),
      subject: `byte ${bytes}`,
    });
    expect(await failureOf(piped(archive.subarray(0, 512)))).toMatchObject({ code: 'incomplete' });
  });

  it('is told when a tar was made of it without the seal', async () => {
    const seal = archive.lastIndexOf('seal.json');
    const cut = Buffer.concat([archive.subarray(0, seal), Buffer.alloc(1024)]);
    expect(await failureOf(piped(cut))).toMatchObject({
      code: 'incomplete',
      message: 'the archive is incomplete: it ends before its seal',
    });
  });
});

describe('a damaged archive', () => {
  it('is told for one flipped bit anywhere, with the entry', async () => {
    for (let at = 0; at < archive.length; at += 41) {
      const broken = Buffer.from(archive);
      broken.writeUInt8(broken.readUInt8(at) ^ (1 << (at % 8)), at);
      const { exit, subject } = await failureOf(piped(broken));
      expect([at, exit]).toEqual([at, 4]);
      expect(subject).toMatch(/byte \d+|resources\//);
    }
  });

  it.each([
    ['a symbolic link', '2'],
    ['a hard link', '1'],
    ['a character device', '3'],
    ['a folder', '5'],
    ['a GNU sparse file', 'S'],
    ['a GNU long name', 'L'],
    ['a global pax header', 'g'],
  ])('is told for %s', async (what, type) => {
    const at = layOut(backup).bytes;
    const broken = Buffer.from(archive);
    broken.write(type, at + 156);
    fixChecksum(broken.subarray(at, at + 512));
    expect(await failureOf(piped(broken))).toMatchObject({
      code: 'damaged',
      message: `it is ${what}, and an archive holds nothing but regular files`,
      subject: `the entry at byte ${at}`,
    });
  });

  it.each([
    '../../etc/passwd',
    '/etc/passwd',
    'blobs/sha256/../../x',
    'blobs/md5/00',
    'seal.json',
    'oci-layout',
  ])('is told for an entry named %s', async name => {
    const at = 512 + 512;
    const extra = Buffer.concat([encodeHeader(name, 4), Buffer.alloc(512, 'evil\0')]);
    const broken = Buffer.concat([archive.subarray(0, at), extra, archive.subarray(at)]);
    expect(await failureOf(piped(broken))).toMatchObject({
      code: 'damaged',
      subject: `"${name}" at byte ${at}`,
    });
  });

  it('is told for an entry that comes twice', async () => {
    const entries = entriesOf(archive);
    const twice = Buffer.concat([...entries.slice(0, 2), ...entries.slice(1)]);
    expect(await failureOf(piped(twice))).toMatchObject({
      code: 'damaged',
      message: 'it is in the archive twice',
    });
  });

  it('is told for any two entries in the other order', async () => {
    const entries = entriesOf(archive);
    for (let at = 1; at < entries.length - 1; at += 1) {
      const [one = Buffer.alloc(0), other = Buffer.alloc(0)] = entries.slice(at, at + 2);
      const swapped = Buffer.concat([...entries.slice(0, at), other, one, ...entries.slice(at + 2)]);
      expect(await failureOf(piped(swapped))).toMatchObject({ exit: 4 });
    }
  });

  it('is told for any entry that is left out', async () => {
    const entries = entriesOf(archive);
    for (const at of entries.keys()) {
      expect(await failureOf(piped(Buffer.concat(entries.toSpliced(at, 1))))).toMatchObject({ exit: 4 });
    }
  });

  it('is told for a blob that no image needs', async () => {
    const blobs = new Map(backup.blobs).set(digestOf('stray'), Buffer.from('stray'));
    const reader = await openArchive(piped(await archiveOf({ ...backup, blobs })));
    await expect(verifyArchive(reader)).rejects.toMatchObject({
      code: 'damaged',
      message: 'no image needs it',
    });
  });

  it('is told for a manifest that names what is not there', async () => {
    const plan = { ...backup.plan, layers: backup.plan.layers.slice(1) };
    const reader = await openArchive(
      piped(await archiveOf({ ...backup, plan, layers: backup.layers.slice(1) })),
    );
    await expect(verifyArchive(reader)).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringMatching(/^it names sha256:.* which is not in the archive$/),
    });
  });

  it('does not get memory for bytes that it only claims to have', async () => {
    const claims = encodeHeader(`blobs/sha256/${'0'.repeat(64)}`, 2 ** 40);
    const hostile = Buffer.concat([archive.subarray(0, 1024), claims]);
    expect(await failureOf(piped(hostile))).toMatchObject({
      code: 'damaged',
      message: 'more than 536870912 bytes stand before the layers',
    });
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

/** The tar cut into its entries; the trailer stays with the last. */
function entriesOf(tar: Buffer): Buffer[] {
  const entries: Buffer[] = [];
  for (let at = 0; at < tar.length - 1024; ) {
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 135), 8);
    const end = at + 512 + Math.ceil(size / 512) * 512;
    entries.push(tar.subarray(at, end));
    at = end;
  }
  const last = entries.pop() ?? Buffer.alloc(0);
  return [...entries, Buffer.concat([last, Buffer.alloc(1024)])];
}

function fixChecksum(header: Buffer): void {
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
}
