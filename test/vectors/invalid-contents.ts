import { zstdCompressSync } from 'node:zlib';
import { writePlan } from '../../src/archive/plan-file.ts';
import { encodeHeader } from '../../src/archive/tar.ts';
import { digestOf } from '../../src/base/digest.ts';
import { appsBlob, archiveOf, entriesOf, json, packedBlob, PLACE, smallBackup, tarOf } from './landscape.ts';
import { changed, entries, inserted, line, small, whole, withPlanText, withSignature } from './variants.ts';
import { bad, type Vector } from './vector.ts';

/** Archives whose parts do not say the same. */
export const LYING_CONTENTS: readonly (readonly [string, Vector])[] = [
  [
    'invalid-second-index.tar',
    bad(
      inserted(PLACE.layer, { name: 'index.json', bytes: json({ manifests: [] }) }),
      'stands where blobs/sha256/',
      'a second index after the first',
    ),
  ],
  [
    'invalid-doubled-blob.tar',
    bad(inserted(2, ...entries.slice(1, 2)), 'it is in the archive twice', 'a resource blob twice'),
  ],
  [
    'invalid-order.tar',
    bad(
      tarOf([...entries.slice(0, 1), ...entries.slice(2, 4), ...entries.slice(1, 2), ...entries.slice(4)]),
      'it stands where',
      'a resource blob after the image blobs',
    ),
  ],
  [
    'invalid-stray-blob.tar',
    bad(
      archiveOf({ ...small, blobs: new Map(small.blobs).set(digestOf('stray'), Buffer.from('stray')) }),
      'no image needs it',
      'a blob that nothing names',
    ),
  ],
  [
    'invalid-layer-size.tar',
    bad(
      changed(PLACE.layer, entry => ({ ...entry, bytes: entry.bytes.subarray(0, 512) })),
      'it has 512 bytes, and the plan says 600',
      'a layer that is shorter than planned',
    ),
  ],
  [
    'invalid-huge-claim.tar',
    bad(
      Buffer.concat([whole.subarray(0, 1024), encodeHeader(`blobs/sha256/${'0'.repeat(64)}`, 2 ** 50)]),
      'more than 536870912 bytes stand before the layers',
      'a blob that claims a petabyte',
    ),
  ],
  [
    'invalid-missing-layer.tar',
    bad(
      archiveOf({ ...small, plan: { ...small.plan, layers: [] }, layers: [] }),
      'which is not in the archive',
      'a manifest that names a layer which is not there',
    ),
  ],
  [
    'invalid-lying-descriptor.tar',
    bad(
      archiveOf(
        smallBackup({
          manifest: right => ({ ...right, layers: right.layers.map(layer => ({ ...layer, size: 1 })) }),
        }),
      ),
      'gives sha256:.* 1 bytes, and it has 600',
      "a manifest that lies about a layer's size",
    ),
  ],
  [
    'invalid-attached-to-nothing.tar',
    bad(
      tarOf(
        entriesOf(
          withSignature(),
          Buffer.from(
            writePlan(withSignature().plan)
              .toString()
              .replace(/"attachedTo":"sha256:[0-9a-f]{64}"/, `"attachedTo":"${digestOf('nothing')}"`),
          ),
        ),
      ),
      'the plan names sha256:.*, which is not there',
      'a signature of an image that is not in the archive',
    ),
  ],
  [
    'invalid-doubled-member.tar',
    bad(
      withPlanText(text => text.replace('"losses":[]', '"losses":[],"losses":[]')),
      'two members of one name',
      'a plan with a member twice',
    ),
  ],
  [
    'invalid-deep-json.tar',
    bad(
      withPlanText(text => text.replace(/}$/, `,"x":${'['.repeat(500)}${']'.repeat(500)}}`)),
      'nested more than 256 deep',
      'a plan that is nested 500 deep',
    ),
  ],
  [
    'invalid-bomb.tar',
    bad(
      archiveOf(smallBackup({ apps: appsBlob(Buffer.alloc(64 * 2 ** 20, ' ')) })),
      'inflates to more than 16777216 bytes',
      'a resource blob of 64 MiB of spaces',
    ),
  ],
  [
    'invalid-bomb-of-frames.tar',
    bad(
      archiveOf(
        smallBackup({
          apps: packedBlob(Buffer.concat(Array.from({ length: 24 }, () => zstdCompressSync(Buffer.alloc(2 ** 20, ' '))))),
        }),
      ),
      'inflates to more than 16777216 bytes',
      'a resource blob of many frames, each of them small',
    ),
  ],
  [
    'invalid-huge-window.tar',
    bad(
      // A frame header alone (RFC 8878, 3.1.1): no single segment, a window of 2 GiB, an empty last block.
      archiveOf(smallBackup({ apps: packedBlob(Buffer.from('28b52ffd00a8010000', 'hex')) })),
      'it is no zstd',
      'a resource blob that asks for 2 GiB of memory to be inflated',
    ),
  ],
  [
    'invalid-object-name.tar',
    bad(
      archiveOf(smallBackup({ apps: appsBlob(`${line.replace('"name":"app"', '"name":"../../x"')}\n`) })),
      'line 1 is no object with a name',
      'an object whose name leads elsewhere',
    ),
  ],
  [
    'invalid-too-many-objects.tar',
    bad(
      withPlanText(text => text.replace('"objects":1', '"objects":2000000')),
      'has more than 1000000 objects',
      'a plan of more objects than memory would hold',
    ),
  ],
  [
    'invalid-object-count.tar',
    bad(
      archiveOf(smallBackup({ apps: appsBlob(`${line}\n${line}\n`) })),
      'it has 2 objects, and the plan says 1',
      'a resource blob with an object more than planned',
    ),
  ],
  [
    'invalid-other-kind.tar',
    bad(
      archiveOf(smallBackup({ apps: appsBlob(`${line.replace('CFApp', 'ClusterRoleBinding')}\n`) })),
      'not of the kind that the plan says',
      'a resource blob of another kind than planned',
    ),
  ],
];
