import { Failure } from '../base/errors.ts';
import { ENTRY } from './layout.ts';
import { hasMagic } from './tar.ts';

interface Lookalike {
  starts: string;
  what: string;
  hint?: string;
}

/** What people hand over instead of an archive, by its first bytes (latin-1). */
const LOOKALIKES: readonly Lookalike[] = [
  {
    starts: '\x1f\x8b',
    what: 'compressed with gzip',
    hint: 'decompress it first: gunzip FILE, or gunzip -c | …',
  },
  { starts: '\x28\xb5\x2f\xfd', what: 'compressed with zstd', hint: 'decompress it first: zstd -d FILE' },
  { starts: '\xfd7zXZ\x00', what: 'compressed with xz', hint: 'decompress it first: xz -d FILE' },
  { starts: 'BZh', what: 'compressed with bzip2', hint: 'decompress it first: bzip2 -d FILE' },
  { starts: 'age-encryption.org/', what: 'encrypted with age', hint: 'decrypt it first: age -d FILE' },
  { starts: '-----BEGIN AGE', what: 'encrypted with age', hint: 'decrypt it first: age -d FILE' },
  { starts: 'PK\x03\x04', what: 'a zip file' },
  {
    starts: 'volume.json\0',
    what: 'one part of a backup',
    hint: 'give all parts as files, or join them on the way: join PART… --output -',
  },
  { starts: '{', what: 'JSON' },
  { starts: 'apiVersion:', what: 'YAML' },
];

/** What is wrong with a file that does not even start as an archive does; undefined when it does. */
export function sniff(start: Buffer): Failure | undefined {
  if (start.length === 0) return notAnArchive('it is empty');
  const head = start.toString('latin1');
  const like = LOOKALIKES.find(({ starts }) => head.startsWith(starts));
  if (like !== undefined) return notAnArchive(`it is ${like.what}`, like.hint);
  if (`${ENTRY.layout}\0`.startsWith(head.slice(0, ENTRY.layout.length + 1))) return undefined;
  if (!hasMagic(start)) return notAnArchive('it is no tar');
  const name = head.slice(0, 100).replace(/\0.*/s, '');
  return notAnArchive(
    `it is a tar that starts with ${JSON.stringify(name)}, and a backup starts with ${ENTRY.layout}`,
  );
}

/** The failure of input that has no archive's beginning. */
export function notAnArchive(reason: string, hint = 'give a file that "export" has written'): Failure {
  return new Failure('not-an-archive', `this is not a backup: ${reason}`, {
    subject: 'byte 0',
    hints: [hint],
  });
}
