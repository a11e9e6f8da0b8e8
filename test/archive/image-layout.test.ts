import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readImageLayout } from '../../src/archive/image-layout/layout.ts';
import { isImageLayout } from '../../src/archive/image-layout/recognise.ts';
import { openSource } from '../../src/archive/open-archive.ts';
import { digestOf } from '../../src/base/digest.ts';
import { LAYOUT_DESCRIPTORS, MANIFEST_BYTES } from '../../src/base/limits.ts';
import { blobFile, type Files, packed, type SampleLayout, sampleLayout } from '../support/image-layout.ts';
import { archiveOf, piped, sampleBackup } from './fixtures.ts';

let folder: string;
let sample: SampleLayout;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asa-backup-layouts-'));
  sample = sampleLayout();
});
afterAll(() => rm(folder, { recursive: true }));

/** Reads a tar as a file and as a pipe, which must come to the same. */
async function read(tar: Buffer, blobs: 'check' | 'leave' = 'check') {
  const path = join(folder, `${digestOf(tar).slice(7, 23)}.tar`);
  await writeFile(path, tar);
  const results = await Promise.all(
    [path, piped(tar, 1000)].map(async from => {
      const source = await openSource(from);
      try {
        expect(await isImageLayout(source)).toBe(true);
        return await readImageLayout(source, blobs);
      } catch (error) {
        return error as { message: string; subject: string; code: string };
      } finally {
        await source.close();
      }
    }),
  );
  if (blobs === 'check') expect(results[1]).toEqual(results[0]);
  return results[0];
}

const without = (files: Files, ...names: string[]) =>
  Object.fromEntries(Object.entries(files).filter(([name]) => !names.includes(name)));
const last = (files: Files, name: string): Files => ({ ...without(files, name), [name]: files[name] ?? '' });

describe('an image layout of another program', () => {
  it.each([
    ['the index last', () => packed(last(sample.files, 'index.json'))],
    ['the index first', () => packed(Object.fromEntries(Object.entries(sample.files).reverse()))],
    ['names of the folder', () => packed(sample.files, '.')],
    ['folders of their own', () => packed(sample.files, '.', '--format=gnu')],
    ['pax records', () => packed(sample.files, '--format=pax')],
    ['names too long for the header', () => packed(longer(sample.files), '--format=gnu')],
    ['names too long for the header, in pax', () => packed(longer(sample.files), '--format=pax')],
    ['names in two parts', () => packed(longer(sample.files), '--format=ustar')],
    ['other files beside', () => packed({ 'blobs/README': 'hello', ...sample.files, 'manifest.json': '[]' })],
  ])('is read with %s', async (_, tar) => {
    const expected = {
      name: 'v1',
      digest: sample.index,
      platforms: ['linux/amd64', 'linux/arm64'],
      bytes: Object.entries(sample.files).reduce(
        (sum, [name, bytes]) => sum + (name.startsWith('blobs/') ? bytes.length : 0),
        0,
      ),
    };
    for (const blobs of ['check', 'leave'] as const) {
      expect(await read(tar(), blobs)).toMatchObject({
        images: [expected],
        blobs: sample.blobs.length,
        strays: 0,
      });
    }
  });

  it('may have content in descriptors, and layers elsewhere', async () => {
    const data = Buffer.from('{}');
    const empty = descriptor(data, 'application/vnd.oci.empty.v1+json');
    const elsewhere = {
      ...descriptor(Buffer.from('far'), 'x.nondistributable.y'),
      urls: ['https://example.com/1'],
    };
    const files = layoutOf({ config: { ...empty, data: data.toString('base64') }, layers: [elsewhere] });
    expect(await read(packed(files))).toMatchObject({ images: [{ platforms: [] }], blobs: 1 });
    const lying = layoutOf({ config: { ...empty, data: 'e30K' }, layers: [] });
    expect(await read(packed(lying))).toMatchObject({
      code: 'damaged',
      message: expect.stringContaining('is none'),
    });
  });

  it('may have blobs of no image, under any digest', async () => {
    const sha512 = `blobs/sha512/${'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e'}`;
    expect(await read(packed({ [sha512]: '', ...sample.files }))).toMatchObject({ strays: 1 });
  });
});

describe('an image layout that is damaged', () => {
  it('is found so at every byte of every blob, with its name', async () => {
    const tar = packed(sample.files);
    for (const digest of sample.blobs) {
      const at = tar.indexOf(blobFile(digest)) + 512;
      for (const offset of [0, 40]) {
        const bent = Buffer.from(tar);
        bent[at + offset] = (bent[at + offset] ?? 0) ^ 0x20;
        expect(await read(bent)).toMatchObject({
          code: 'damaged',
          subject: expect.stringContaining(blobFile(digest)),
          hints: [expect.stringContaining('the program that made it')],
        });
      }
    }
  });

  it('is found so at every byte of its headers that means something', async () => {
    const tar = packed(sample.files);
    const header = tar.indexOf(blobFile(sample.index));
    for (let at = header; at < header + 265; at++) {
      // The two that end the checksum itself.
      if (at - header === 154 || at - header === 155) continue;
      const bent = Buffer.from(tar);
      bent[at] = (bent[at] ?? 0) ^ 1;
      expect(await read(bent), `byte ${at - header}`).toHaveProperty('code');
    }
  });

  it('is found so when a blob is not there, by its name and by who names it', async () => {
    for (const digest of sample.blobs) {
      const name = blobFile(digest);
      expect(await read(packed(without(sample.files, name)), 'leave')).toMatchObject({
        code: 'damaged',
        message: expect.stringMatching(/^it is not there, and (blobs\/sha256\/\w+|index\.json) names it$/),
        subject: name,
      });
    }
  });

  it('is found so wherever it is cut', async () => {
    const tar = packed(sample.files);
    const end = tar.indexOf('imageLayoutVersion') + 512;
    for (let length = 600; length < end; length += 509) {
      expect(await read(tar.subarray(0, length))).toMatchObject({ code: 'incomplete' });
    }
  });

  const { files } = sampleLayout();
  it.each<[string, Files, string[], object]>([
    ['an index', without(files, 'index.json'), [], { code: 'incomplete', subject: 'index.json' }],
    ['its layout file', without(files, 'oci-layout'), [], { code: 'incomplete', subject: 'oci-layout' }],
    [
      'a size that is right',
      layoutOf({ config: { ...descriptor(Buffer.from('{}'), 'x/y'), size: 3 }, layers: [] }, '{}'),
      [],
      { code: 'damaged', message: expect.stringMatching(/^it has 2 bytes, and blobs\S+ says 3$/) },
    ],
    [
      'an index that is one',
      { ...files, 'index.json': '{"manifests":[{}]}' },
      [],
      { code: 'damaged', message: 'it is no valid index: manifests[0].mediaType is not a string' },
    ],
  ])('is found so without %s', async (_, broken, flags, expected) => {
    expect(await read(packed(broken, ...flags))).toMatchObject(expected);
  });

  it.each<[string, () => Buffer, string]>([
    ['two blobs of one name', () => withTwice('blobs/'), 'it is in the archive twice'],
    ['two indexes', () => withTwice('index.json'), 'it is in the archive twice'],
    [
      'something behind it',
      () => Buffer.concat([packed(files), Buffer.from('x')]),
      'something follows the end',
    ],
    ['a link', () => linked(), 'it is a symbolic link, and blobs are files'],
    [
      'one image under names without end',
      () => packed(crowded()),
      `name more than ${LAYOUT_DESCRIPTORS} parts`,
    ],
    ['indexes in indexes', () => packed(deep()), 'nested more than 16 deep'],
    [
      'an index without end',
      () => packed({ ...files, 'index.json': Buffer.alloc(MANIFEST_BYTES + 1, ' ') }),
      `it has more than ${MANIFEST_BYTES} bytes`,
    ],
  ])('is found so with %s', async (_, tar, message) => {
    expect(await read(tar())).toMatchObject({ code: 'damaged', message: expect.stringContaining(message) });
  });

  it('is not kept in mind without end', async () => {
    const source = await openSource(piped(packed(endless())));
    await expect(readImageLayout(source, 'leave')).rejects.toThrow(
      `name more than ${LAYOUT_DESCRIPTORS} parts`,
    );
  });

  it('is never a backup that was damaged at its beginning, or packed again', async () => {
    const backup = await archiveOf(await sampleBackup());
    const at = backup.indexOf('formatVersion');
    backup[at] = (backup[at] ?? 0) ^ 1;
    const failure = {
      code: 'damaged',
      message: expect.stringContaining('it holds a backup, but not as "export"'),
    };
    expect(await read(backup)).toMatchObject(failure);
    // Cut off before its seal, too.
    const seal = backup.indexOf('seal.json');
    expect(await read(Buffer.concat([backup.subarray(0, seal), Buffer.alloc(1024)]))).toMatchObject(failure);
  });
});

function descriptor(bytes: Buffer, mediaType: string) {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

/** A layout of one manifest, and perhaps a blob beside it. */
function layoutOf(manifest: object, blob?: string): Files {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...manifest }));
  return {
    ...(blob !== undefined && { [blobFile(digestOf(blob))]: blob }),
    [blobFile(digestOf(bytes))]: bytes,
    'index.json': JSON.stringify({ manifests: [descriptor(bytes, mediaType)] }),
    'oci-layout': '{"imageLayoutVersion":"1.0.0"}',
  };
}

/** Every blob under a name that takes more than a header has room for. */
function longer(files: Files): Files {
  const long = `${'x'.repeat(90)}/${'y'.repeat(60)}`;
  return { 'oci-layout': files['oci-layout'] ?? '', [long]: 'nothing', ...files };
}

function withTwice(start: string): Buffer {
  const { files } = sampleLayout();
  const [name = '', bytes = ''] = Object.entries(files).find(([name]) => name.startsWith(start)) ?? [];
  const first = packed({ [name]: bytes });
  const entry = first.subarray(0, 512 + Math.ceil(bytes.length / 512) * 512);
  return Buffer.concat([entry, packed(files)]);
}

function linked(): Buffer {
  const tar = packed(sampleLayout().files);
  const at = tar.indexOf('index.json');
  tar.write('2', at + 156);
  tar.fill(' ', at + 148, at + 156);
  const sum = tar.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
  tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148);
  return tar;
}

/** Hundreds of names for an image of some thousand parts: to follow all of them would take long. */
function crowded(): Files {
  const inner = descriptor(Buffer.from('x'), 'application/vnd.oci.image.layer.v1.tar');
  const files = layoutOf({ layers: Array(3000).fill(inner) }, 'x');
  const { manifests } = JSON.parse(String(files['index.json']));
  const many = { manifests: Array(LAYOUT_DESCRIPTORS / 2500).fill(manifests[0]) };
  return { ...files, 'index.json': JSON.stringify(many) };
}

/** Manifests that nobody names, and which name more than can be kept in mind. */
function endless(): Files {
  const inner = descriptor(Buffer.from('x'), 'x/y');
  const files: Files = {};
  for (let at = 0; at * 25_000 <= LAYOUT_DESCRIPTORS; at++) {
    Object.assign(files, layoutOf({ layers: Array(25_000).fill(inner), at }));
  }
  return files;
}

function deep(): Files {
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const files: Files = {};
  let inner = descriptor(Buffer.from('x'), 'text/plain');
  files[blobFile(inner.digest)] = 'x';
  for (let depth = 0; depth < 20; depth++) {
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests: [inner] }));
    inner = descriptor(bytes, mediaType);
    files[blobFile(inner.digest)] = bytes;
  }
  return {
    ...files,
    'index.json': JSON.stringify({ manifests: [inner] }),
    'oci-layout': '{"imageLayoutVersion":"1.0.0"}',
  };
}
