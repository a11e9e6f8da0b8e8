import { digestOf } from '../base/digest.ts';
import { type Contents, readBlob } from './head.ts';
import { ARCHIVE_MEDIA, type ResourceBlob, versionOf } from './plan.ts';
import type { SecretOpener, SecretSealer } from './secrets.ts';

interface Rekeying {
  /** Undefined when the secrets are in plain text. */
  readonly opener: SecretOpener | undefined;
  /** Undefined keeps them in plain text from now on. */
  readonly sealer: SecretSealer | undefined;
  /** Which blobs hold secrets, of those that are not encrypted. */
  readonly isSecret: (blob: ResourceBlob) => boolean;
  /** Whether the new archive will be signed. */
  readonly signed: boolean;
}

/** The same backup with its secrets encrypted to others; everything else keeps its bytes. */
export async function rekey(contents: Contents, rekeying: Rekeying): Promise<Contents> {
  const { plan, blobs } = contents;
  const { sealer, signed } = rekeying;
  const kept = new Map(blobs);
  if (plan.secrets.kind === 'age' && plan.secrets.key !== undefined) kept.delete(plan.secrets.key.digest);
  if (sealer?.key !== undefined) kept.set(sealer.key.blob.digest, sealer.key.bytes);
  const resources: ResourceBlob[] = [];
  for (const blob of plan.resources) {
    if (!(isSealed(blob) || rekeying.isSecret(blob))) {
      resources.push(blob);
      continue;
    }
    const resealed = await reseal(blob, await readBlob(contents, blob.digest), rekeying);
    kept.delete(blob.digest);
    kept.set(resealed.blob.digest, resealed.bytes);
    resources.push(resealed.blob);
  }
  const secrets = sealer?.protection ?? { kind: 'plaintext' as const };
  return {
    plan: { ...plan, formatVersion: versionOf(plan, signed), secrets, resources },
    blobs: kept,
    aside: contents.aside,
  };
}

async function reseal(
  blob: ResourceBlob,
  bytes: Buffer,
  { opener, sealer }: Rekeying,
): Promise<{ blob: ResourceBlob; bytes: Buffer }> {
  const plain = isSealed(blob) && opener !== undefined ? await opener.open(bytes, blob.title) : bytes;
  const sealed = sealer === undefined ? plain : await sealer.seal(plain);
  const title = blob.title.replace(/\.age$/, '');
  return {
    blob: {
      ...blob,
      digest: digestOf(sealed),
      size: sealed.length,
      mediaType: sealer === undefined ? ARCHIVE_MEDIA.resources : ARCHIVE_MEDIA.sealedResources,
      title: sealer === undefined ? title : `${title}.age`,
    },
    bytes: sealed,
  };
}

function isSealed({ mediaType }: ResourceBlob): boolean {
  return mediaType === ARCHIVE_MEDIA.sealedResources;
}
