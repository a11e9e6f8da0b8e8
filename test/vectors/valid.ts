import { archiveOf, sha512, smallBackup, tarOf } from './landscape.ts';
import { entries, left, signable, SIGNATURE, small, whole, without, withPassphrase, withPlanText, withSignature } from './variants.ts';
import { good, type Vector } from './vector.ts';

/** What a reader must take. */
export const VALID: readonly (readonly [string, Vector])[] = [
  ['valid-small.tar', good(whole, 'one app, one image of one layer')],
  [
    'valid-nothing.tar',
    good(archiveOf(without(small, { resources: [], images: [], layers: [] })), 'nothing at all'),
  ],
  [
    'valid-sha512.tar',
    good(archiveOf(smallBackup({ digest: sha512 })), 'an image by sha512, with pax names'),
  ],
  ['valid-passphrase.tar', good(archiveOf(withPassphrase()), 'a Secret; the passphrase is "correct horse"')],
  ['valid-padded.tar', good(tarOf(entries, Buffer.alloc(8192)), 'zeros after the end, as tapes have them')],
  ['valid-signed.tar', good(tarOf([...signable, SIGNATURE]), 'one app, its seal signed')],
  ['valid-unsigned.tar', good(tarOf(signable), 'the version that knows signatures, without one')],
  ['valid-differential.tar', good(archiveOf(left), 'its layer is in valid-small.tar')],
  ['valid-attached.tar', good(archiveOf(withSignature()), 'an image with a signature attached to it')],
  [
    'valid-more-members.tar',
    good(
      withPlanText(text => text.replace(/}$/, ',"later":{"x":1}}')),
      'a plan that says more than readers know',
    ),
  ],
];
