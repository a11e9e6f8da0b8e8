import { archiveOf, bentHeader, PLACE, sha512 } from './landscape.ts';
import { changed, header, inserted, small } from './variants.ts';
import { bad, type Vector } from './vector.ts';

/** Entries of kinds, sizes and names that no archive has. */
export const LYING_HEADERS: readonly (readonly [string, Vector])[] = [
  [
    'invalid-symlink.tar',
    bad(header(PLACE.layer, 156, '2'), 'it is a symbolic link', 'a layer that is a link'),
  ],
  [
    'invalid-device.tar',
    bad(header(PLACE.layer, 156, '4'), 'it is a block device', 'a layer that is a device'),
  ],
  [
    'invalid-sparse.tar',
    bad(header(PLACE.layer, 156, 'S'), 'it is a GNU sparse file', 'a layer that is sparse'),
  ],
  [
    'invalid-mode.tar',
    bad(header(PLACE.layer, 100, '0004755'), 'not the one that the format prescribes', 'setuid'),
  ],
  [
    'invalid-hard-link.tar',
    bad(header(PLACE.layer, 156, '1'), 'it is a hard link', 'a layer that is a hard link'),
  ],
  ['invalid-fifo.tar', bad(header(PLACE.layer, 156, '6'), 'it is a fifo', 'a layer that is a fifo')],
  [
    'invalid-gnu-long-name.tar',
    bad(
      inserted(PLACE.layer, {
        name: '././@LongLink',
        bytes: Buffer.from('../../tmp/x\0'),
        header: bentHeader('././@LongLink', 12, 156, 'L'),
      }),
      'it is a GNU long name',
      'a GNU header that would give the layer another name',
    ),
  ],
  [
    'invalid-pax-sparse.tar',
    bad(
      inserted(PLACE.layer, {
        name: 'PaxHeader',
        bytes: Buffer.from('22 GNU.sparse.major=1\n28 GNU.sparse.realsize=99999\n'),
        header: bentHeader('PaxHeader', 50, 156, 'x'),
      }),
      'it is a pax header',
      'a pax header that would make the layer a sparse file',
    ),
  ],
  [
    'invalid-pax-size.tar',
    bad(
      inserted(PLACE.layer, {
        name: 'PaxHeader',
        bytes: Buffer.from('13 size=1000\n'),
        header: bentHeader('PaxHeader', 13, 156, 'x'),
      }),
      'it is a pax header',
      'a pax header that would change the size of the layer',
    ),
  ],
  [
    'invalid-global-pax.tar',
    bad(
      inserted(PLACE.layer, {
        name: 'pax',
        bytes: Buffer.from('13 size=1000\n'),
        header: bentHeader('pax', 13, 156, 'g'),
      }),
      'it is a global pax header',
      'a pax header that would change the size of what follows',
    ),
  ],
  [
    'invalid-escaping-name.tar',
    bad(
      inserted(1, { name: '../../tmp/x', bytes: Buffer.from('x') }),
      'no entry of this name',
      'a name that escapes',
    ),
  ],
  [
    'invalid-absolute-name.tar',
    bad(
      inserted(1, { name: '/etc/passwd', bytes: Buffer.from('x') }),
      'no entry of this name',
      'a name from the root on',
    ),
  ],
  [
    'invalid-other-algorithm.tar',
    bad(
      inserted(1, { name: `blobs/md5/${'0'.repeat(32)}`, bytes: Buffer.from('x') }),
      'no entry of this name',
      'a blob by an algorithm that proves nothing',
    ),
  ],
  [
    'invalid-algorithm-confusion.tar',
    bad(
      changed(PLACE.layer, entry => ({ ...entry, name: entry.name.replace('sha256', 'sha512') })),
      'stands where blobs/sha256/',
      "a layer under another algorithm's name",
    ),
  ],
  [
    'invalid-algorithm-of-layer.tar',
    bad(
      archiveOf({
        ...small,
        plan: {
          ...small.plan,
          layers: small.plan.layers.map(layer => ({ ...layer, digest: sha512(Buffer.alloc(600, 'droplet ')) })),
        },
      }),
      'which is not in the archive',
      'a plan that has a layer by another algorithm than the manifest',
    ),
  ],
];
