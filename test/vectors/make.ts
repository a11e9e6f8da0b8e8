import { createPrivateKey, sign } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { leaveTo } from '../../src/archive/base.ts';
import { ARCHIVE_MEDIA, FORMAT_VERSION, type Plan, type PlannedImage, SECOND_VERSION } from '../../src/archive/plan.ts';
import { writePlan } from '../../src/archive/plan-file.ts';
import { type SealSigner, signSeal } from '../../src/archive/signature.ts';
import { parsePublicKey } from '../../src/archive/ssh/public-key.ts';
import { encodeHeader } from '../../src/archive/tar.ts';
import { digestOf } from '../../src/base/digest.ts';
import {
  APP,
  appsBlob,
  archiveOf,
  bentHeader,
  type Entry,
  entriesOf,
  headBytes,
  json,
  PLACE,
  packedBlob,
  type Small,
  sha512,
  smallBackup,
  tarOf,
} from './landscape.ts';

/**
 * Makes the vectors: archives that a reader must take and ones that it must refuse. Vectors of a format version are
 * kept for ever; what is changed here is added, not replaced, once that version has been released.
 */

/** `ok`, or how the program ends and what the message says (a regular expression). */
export type Expected = { ok: string } | { exit: number; message: string; why: string };

interface Vector {
  expected: Expected;
  bytes: Buffer;
}

const small = smallBackup();
/** Of the seed in base64; whoever has read this can sign with it. */
const SIGNING_KEY = createPrivateKey({
  key: {
    kty: 'OKP',
    crv: 'Ed25519',
    d: Buffer.alloc(32, 'vectors ').toString('base64url'),
    x: 'RthEwHOjebLLFyxa0p3Bb22rKYK8VHjBTJnPz5WXcro',
  },
  format: 'jwk',
});
const entries = entriesOf(small);

/** The small backup with one entry changed, the others as they were. */
function changed(place: number, change: (entry: Entry) => Entry): Buffer {
  return tarOf(entries.map((entry, at) => (at === place ? change(entry) : entry)));
}

function flipped(place: number, what: string, message: string): [string, Vector] {
  const bytes = changed(place, entry => {
    const bent = Buffer.from(entry.bytes);
    const middle = bent.length >> 1;
    bent.writeUInt8(bent.readUInt8(middle) ^ 1, middle);
    // The header of the right size is made anew, so only the body is bent.
    return { ...entry, bytes: bent };
  });
  return [`invalid-flipped-${what}.tar`, bad(bytes, message, `one bit of the ${what} is flipped`)];
}

function bad(bytes: Buffer, message: string, why: string, exit = 4): Vector {
  return { expected: { exit, message, why }, bytes };
}

function good(bytes: Buffer, what: string): Vector {
  return { expected: { ok: what }, bytes };
}

/** A plan whose text is bent, in an archive that is consistent with it. */
function withPlanText(bend: (text: string) => string): Buffer {
  return tarOf(entriesOf(small, Buffer.from(bend(writePlan(small.plan).toString()))));
}

function without(backup: Small, change: Partial<Plan>): Small {
  const plan = { ...backup.plan, ...change };
  const kept = new Set([...plan.resources, ...plan.images].map(({ digest }) => digest));
  const blobs = new Map([...backup.blobs].filter(([digest]) => kept.has(digest)));
  const layers = backup.layers.filter(({ digest }) => plan.layers.some(layer => layer.digest === digest));
  return { plan, blobs, layers };
}

/** age of fixed bytes: a Secret encrypted to the identity of `passphrase.age`, whose passphrase is `correct horse`. */
const SEALED = Buffer.from(
  'YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBveUxEYUZCNThXNFFRMW5IUmwrdUlrRWF3bFZjb0FYTDBUTFJQdEdQczAwCmFQb1RF' +
    'ZzhFcU1wYjJmQTRGcEVOeEVpWTM0czh1emRmUWc0TXJhQ1FhaTQKLS0tIGE3d1o0NlJTRWE0eUtxNkZ4YWlVTGZIWEVIbGJac2szZHVnNTlz' +
    'RWlZN1UKagDiagE32IbKxqyVQRCLJpVCst3xPGXYctHqTkzhJDRqlrcB2xpBDx/j0ikit/TJR5nVpfoMlO8KYA26k/AN9mgkzMXFIPrQpwjV' +
    '35oS12w/ev/hcutC+kK73j0y/EcxphNzzwudQIXjRGwSl3/7ubnhCTAjbQSpUAZCgK0cklYsr5Ls3yWZ04w=',
  'base64',
);
const KEY = Buffer.from(
  'YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCBjMFZlZEtSYk8vVS90VENKUTVrczVBIDQKUUlRRXZyTlQ4eGlGS3RaMmJQd3JJamRO' +
    'RzhLQ0hPa0VvcGRCUUE0UnkzUQotLS0gODZzcGkyY2s4aURzT2E4dzhsM1VwWWY0dFJpUGRVYnVDdFU1QU1EbUpUZwoSydEbrZOu1LBA5mKV' +
    'ml85k9hMqNkh1+DVpQ7CDqfLLEzgj72/uN2Gs2IISsTwzUx7y7Z/AooSRsYXkse/fSwK5xqIao7gQzHDEMx4KYjaNoCeDCCgaibltqNVMMy8' +
    'IWeJUbCTFaZgRscN3Q==',
  'base64',
);

function withPassphrase(): Small {
  const secrets = {
    blob: {
      digest: digestOf(SEALED),
      size: SEALED.length,
      mediaType: ARCHIVE_MEDIA.sealedResources,
      title: 'resources/Secret-000.jsonl.zst.age',
      group: '',
      kind: 'Secret',
      version: 'v1',
      objects: 1,
    },
    bytes: SEALED,
  };
  const key = { digest: digestOf(KEY), size: KEY.length };
  const blobs = new Map(small.blobs).set(key.digest, KEY).set(secrets.blob.digest, SEALED);
  const resources = [...small.plan.resources, secrets.blob];
  return {
    ...small,
    plan: { ...small.plan, secrets: { kind: 'age', recipients: [], key }, resources },
    blobs,
  };
}

/** The small backup with a signature of its image: an artifact with an empty config, found by its subject or a tag. */
function withSignature(change: Partial<PlannedImage> = {}): Small {
  const [image] = small.plan.images;
  if (image === undefined) throw new Error('the small backup has an image');
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const empty = Buffer.from('{}');
  const nothing = { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf(empty), size: 2 };
  const subject = { mediaType, digest: image.digest, size: small.blobs.get(image.digest)?.length };
  const bytes = json({
    ...{ schemaVersion: 2, mediaType, artifactType: 'application/vnd.example.signature' },
    ...{ config: nothing, layers: [nothing], subject },
  });
  const signature: PlannedImage = {
    reference: `${image.repository}@${digestOf(bytes)}`,
    repository: image.repository,
    digest: digestOf(bytes),
    mediaType,
    size: bytes.length + empty.length,
    usedBy: [image.reference],
    attachedTo: image.digest,
    ...change,
  };
  const blobs = new Map(small.blobs).set(nothing.digest, empty).set(signature.digest, bytes);
  return { ...small, plan: { ...small.plan, images: [image, signature] }, blobs };
}

const layoutOf = (formatVersion: number) =>
  changed(PLACE.layout, entry => ({ ...entry, bytes: json({ imageLayoutVersion: '1.0.0', formatVersion }) }));
const planOf = (version: number) =>
  withPlanText(text => text.replace('"formatVersion":1', `"formatVersion":${version}`));
/** A small backup of the version that knows signatures, and one over its seal by the key below. */
const signable = entriesOf({ ...small, plan: { ...small.plan, formatVersion: SECOND_VERSION } });
const signer: SealSigner = {
  publicKey: parsePublicKey(
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEbYRMBzo3myyxcsWtKdwW9tqymCvFR4wUyZz8+Vl3K6 vectors',
  ),
  sign: async bytes => sign(null, bytes, SIGNING_KEY),
};
const SIGNATURE: Entry = {
  name: 'seal.json.sig',
  bytes: await signSeal(signable.at(-1)?.bytes ?? Buffer.alloc(0), signer),
};

/** The small backup with its layer left to the small archive, and bent versions of its plan. */
const differential = { ...small, plan: { ...leaveTo(small.plan, small.plan), formatVersion: SECOND_VERSION } };
const left = { ...differential, layers: [] };
const withLeftText = (bend: (text: string) => string) =>
  tarOf(entriesOf(left, Buffer.from(bend(writePlan(left.plan).toString()))));
const BASE = `"base":${JSON.stringify(left.plan.base)},`;

const header = (place: number, offset: number, text: string) =>
  changed(place, entry => ({ ...entry, header: bentHeader(entry.name, entry.bytes.length, offset, text) }));
const inserted = (place: number, ...more: Entry[]) => tarOf(entries.toSpliced(place, 0, ...more));
const whole = tarOf(entries);
const layerAt = headBytes(small);
const line = JSON.stringify(APP);

export const VECTORS = new Map<string, Vector>([
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

  [
    'invalid-layer-of-base.tar',
    bad(archiveOf(differential), 'it stands where seal.json must be', 'a layer that was left to the base is here'),
  ],
  [
    'invalid-base-without-layers.tar',
    bad(
      withLeftText(text => text.replace(',"inBase":true', '')),
      'names a base, and leaves no layer to it',
      'a base to which nothing was left',
    ),
  ],
  [
    'invalid-layers-without-base.tar',
    bad(
      withLeftText(text => text.replace(BASE, '')),
      'leaves layers to a base, and names none',
      'a layer was left to nobody',
    ),
  ],
  [
    'invalid-base-in-version-1.tar',
    bad(
      tarOf(entriesOf({ ...left, plan: { ...left.plan, formatVersion: FORMAT_VERSION } }, Buffer.from(writePlan(left.plan).toString().replace('"formatVersion":2', '"formatVersion":1')))),
      'has a base, in a version that does not know that',
      'a base in an archive of the version that knows none',
    ),
  ],

  ['invalid-empty.tar', bad(Buffer.alloc(0), 'this is not a backup: it is empty', 'no bytes')],
  ['invalid-gzip.tar', bad(gzipSync(whole), 'compressed with gzip', 'the small archive, gzipped')],
  ['invalid-zip.tar', bad(Buffer.from('PK\x03\x04 and so on'), 'it is a zip file', 'the start of a zip')],
  [
    'invalid-other-tar.tar',
    bad(
      tarOf([{ name: 'etc/hosts', bytes: Buffer.from('127.0.0.1') }]),
      'starts with "etc/hosts"',
      'another tar',
    ),
  ],
  [
    'invalid-plain-oci-layout.tar',
    bad(
      changed(PLACE.layout, entry => ({ ...entry, bytes: json({ imageLayoutVersion: '1.0.0' }) })),
      'an OCI image layout without a backup in it',
      'oci-layout has no formatVersion',
    ),
  ],
  [
    'invalid-newer-layout.tar',
    bad(layoutOf(2), 'it states another version than the plan', 'oci-layout has a later version than the plan'),
  ],
  [
    'invalid-newer-plan.tar',
    bad(planOf(2), 'it states another version than the plan', 'the plan has a later version than oci-layout'),
  ],
  [
    'invalid-future-layout.tar',
    bad(layoutOf(99), 'format version 99, and this program reads up to', 'oci-layout has a version to come'),
  ],
  [
    'invalid-future-plan.tar',
    bad(planOf(99), 'format version 99, and this program reads up to', 'the plan has a version to come'),
  ],

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
]);

/** What `expected.json` says: every vector by its file. */
export function expectations(): string {
  const table = Object.fromEntries([...VECTORS].map(([file, { expected }]) => [file, expected]));
  return `${JSON.stringify(table, undefined, 2)}\n`;
}

if (import.meta.main) {
  for (const [file, { bytes }] of VECTORS) await writeFile(join(import.meta.dirname, file), bytes);
  await writeFile(join(import.meta.dirname, 'expected.json'), expectations());
}
