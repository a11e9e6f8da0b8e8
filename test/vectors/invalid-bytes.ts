import { signSeal } from '../../src/archive/signature.ts';
import { encodeHeader } from '../../src/archive/tar.ts';
import { PLACE, tarOf } from './landscape.ts';
import { changed, entries, flipped, layerAt, SIGNATURE, signable, signer, whole } from './variants.ts';
import { bad, type Vector } from './vector.ts';

/** What was cut off, or bent, after it was made; signatures included. */
export const BENT: readonly (readonly [string, Vector])[] = [
  ['invalid-cut-in-header.tar', bad(whole.subarray(0, 1100), 'in the middle of', 'cut in a header')],
  [
    'invalid-cut-in-layer.tar',
    bad(whole.subarray(0, layerAt + 512 + 300), 'incomplete', 'cut in the middle of a layer'),
  ],
  ['invalid-cut-before-layer.tar', bad(whole.subarray(0, layerAt), 'incomplete', 'cut between two entries')],
  [
    'invalid-no-seal.tar',
    bad(tarOf(entries.slice(0, -1)), 'it ends before its seal', 'a whole tar, but without the seal'),
  ],
  [
    'invalid-no-trailer.tar',
    bad(tarOf(entries, Buffer.alloc(0)), 'the end of the tar', 'nothing after the seal'),
  ],
  [
    'invalid-after-the-end.tar',
    bad(
      Buffer.concat([whole, Buffer.from('more')]),
      'something follows the end',
      'bytes after the end of the tar',
    ),
  ],

  flipped(PLACE.layout, 'oci-layout', 'layout file'),
  flipped(PLACE.resources, 'resource-blob', 'do not have the digest'),
  flipped(PLACE.imageBlob, 'image-blob', 'do not have the digest'),
  flipped(PLACE.plan, 'plan', 'do not have the digest'),
  flipped(PLACE.backup, 'backup-manifest', 'do not have the digest'),
  flipped(PLACE.index, 'index', 'does not say what the plan says'),
  flipped(PLACE.layer, 'layer', 'do not have the digest'),
  flipped(PLACE.seal, 'seal', 'its .* is|no valid seal'),
  [
    'invalid-flipped-header.tar',
    bad(
      changed(PLACE.layer, entry => {
        const bent = encodeHeader(entry.name, entry.bytes.length);
        bent.writeUInt8(bent.readUInt8(20) ^ 1, 20);
        return { ...entry, header: bent };
      }),
      'the checksum of its tar header is wrong',
      'one bit of a name is flipped',
    ),
  ],
  [
    'invalid-padding.tar',
    bad(
      changed(PLACE.layer, entry => ({
        ...entry,
        bytes: Buffer.concat([entry.bytes, Buffer.from('hidden')]),
        header: encodeHeader(entry.name, entry.bytes.length),
      })),
      'not padded with zeros',
      'bytes hidden behind a layer',
    ),
  ],

  [
    'invalid-flipped-signature.tar',
    bad(
      tarOf([
        ...signable,
        { ...SIGNATURE, bytes: Buffer.from(SIGNATURE.bytes.toString().replace('U1NIU0lH', 'U1NIU0lI')) },
      ]),
      'it is no signature',
      'a signature of another form',
    ),
  ],
  [
    'invalid-signature-of-another.tar',
    bad(
      tarOf([...signable, { ...SIGNATURE, bytes: await signSeal(Buffer.from('another'), signer) }]),
      'it is not the signature of this seal',
      "the signature of another archive's seal",
    ),
  ],
  [
    'invalid-signature-in-version-1.tar',
    bad(
      tarOf([...entries, SIGNATURE]),
      'something other than the end of the tar follows the seal',
      'a signature in an archive of the version that knows none',
    ),
  ],
  [
    'invalid-two-signatures.tar',
    bad(
      tarOf([...signable, SIGNATURE, SIGNATURE]),
      'something other than the end of the tar follows the seal',
      'two signatures',
    ),
  ],
];
