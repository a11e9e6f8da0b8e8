import { createPrivateKey, sign } from 'node:crypto';
import { leaveTo } from '../../src/archive/base.ts';
import { writePlan } from '../../src/archive/plan-file.ts';
import { ARCHIVE_MEDIA, type Plan, type PlannedImage, SECOND_VERSION } from '../../src/archive/plan.ts';
import { type SealSigner, signSeal } from '../../src/archive/signature.ts';
import { parsePublicKey } from '../../src/archive/ssh/public-key.ts';
import { digestOf } from '../../src/base/digest.ts';
import { APP, bentHeader, entriesOf, type Entry, headBytes, json, PLACE, type Small, smallBackup, tarOf } from './landscape.ts';
import { bad, type Vector } from './vector.ts';

export const small = smallBackup();
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
export const entries = entriesOf(small);

/** The small backup with one entry changed, the others as they were. */
export function changed(place: number, change: (entry: Entry) => Entry): Buffer {
  return tarOf(entries.map((entry, at) => (at === place ? change(entry) : entry)));
}

export function flipped(place: number, what: string, message: string): [string, Vector] {
  const bytes = changed(place, entry => {
    const bent = Buffer.from(entry.bytes);
    const middle = bent.length >> 1;
    bent.writeUInt8(bent.readUInt8(middle) ^ 1, middle);
    // The header of the right size is made anew, so only the body is bent.
    return { ...entry, bytes: bent };
  });
  return [`invalid-flipped-${what}.tar`, bad(bytes, message, `one bit of the ${what} is flipped`)];
}

/** A plan whose text is bent, in an archive that is consistent with it. */
export function withPlanText(bend: (text: string) => string): Buffer {
  return tarOf(entriesOf(small, Buffer.from(bend(writePlan(small.plan).toString()))));
}

export function without(backup: Small, change: Partial<Plan>): Small {
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

export function withPassphrase(): Small {
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
export function withSignature(change: Partial<PlannedImage> = {}): Small {
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

export const layoutOf = (formatVersion: number) =>
  changed(PLACE.layout, entry => ({ ...entry, bytes: json({ imageLayoutVersion: '1.0.0', formatVersion }) }));
export const planOf = (version: number) =>
  withPlanText(text => text.replace('"formatVersion":1', `"formatVersion":${version}`));
/** A small backup of the version that knows signatures, and one over its seal by the key below. */
export const signable = entriesOf({ ...small, plan: { ...small.plan, formatVersion: SECOND_VERSION } });
export const signer: SealSigner = {
  publicKey: parsePublicKey(
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEbYRMBzo3myyxcsWtKdwW9tqymCvFR4wUyZz8+Vl3K6 vectors',
  ),
  sign: async bytes => sign(null, bytes, SIGNING_KEY),
};
export const SIGNATURE: Entry = {
  name: 'seal.json.sig',
  bytes: await signSeal(signable.at(-1)?.bytes ?? Buffer.alloc(0), signer),
};

/** The small backup with its layer left to the small archive, and bent versions of its plan. */
export const differential = { ...small, plan: { ...leaveTo(small.plan, small.plan), formatVersion: SECOND_VERSION } };
export const left = { ...differential, layers: [] };
export const withLeftText = (bend: (text: string) => string) =>
  tarOf(entriesOf(left, Buffer.from(bend(writePlan(left.plan).toString()))));
export const BASE = `"base":${JSON.stringify(left.plan.base)},`;

export const header = (place: number, offset: number, text: string) =>
  changed(place, entry => ({ ...entry, header: bentHeader(entry.name, entry.bytes.length, offset, text) }));
export const inserted = (place: number, ...more: Entry[]) => tarOf(entries.toSpliced(place, 0, ...more));
export const whole = tarOf(entries);
export const layerAt = headBytes(small);
export const line = JSON.stringify(APP);
