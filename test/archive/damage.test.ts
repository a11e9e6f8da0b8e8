import { describe, expect, it } from 'vitest';
import { layOut } from '../../src/archive/head.ts';
import { openArchive } from '../../src/archive/open-archive.ts';
import { encodeHeader } from '../../src/archive/tar.ts';
import { verifyArchive } from '../../src/archive/verify.ts';
import { digestOf } from '../../src/base/digest.ts';
import { archiveOf, piped } from './fixtures.ts';
import { archive, backup, failureOf } from './reader-setting.ts';

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
