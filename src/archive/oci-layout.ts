import { type Digest, digestOf } from '../base/digest.ts';
import { BACKUP_NAME } from './layout.ts';
import type { OciView } from './oci-view.ts';
import { ARCHIVE_MEDIA, type Plan } from './plan.ts';

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
const REF_NAME = 'org.opencontainers.image.ref.name';
const TITLE = 'org.opencontainers.image.title';
const CREATED = 'org.opencontainers.image.created';
/** The file that `oras pull` makes of the passphrase's key; see docs/format.md, "Secrets". */
const KEY_TITLE = 'keys/passphrase.age';

/** Content by digest (OCI image-spec, descriptor.md), its members in the order in which the archive writes them. */
export interface ArchiveDescriptor {
  mediaType: string;
  digest: Digest;
  size: number;
  artifactType?: string;
  annotations?: Record<string, string>;
}

/*
 * The backup's manifest and `index.json` say nothing that the plan does not: they are there for other tools. So a
 * reader makes them again from the plan and compares bytes, and the two functions here serve writing and reading.
 */

/** The backup's own manifest: an artifact whose config is the plan and whose layers are its resource blobs. */
export function backupManifest(plan: Plan, planBytes: Buffer): Buffer {
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    artifactType: ARCHIVE_MEDIA.backup,
    config: { mediaType: ARCHIVE_MEDIA.plan, digest: digestOf(planBytes), size: planBytes.length },
    layers: titledBlobs(plan),
    annotations: { [CREATED]: plan.createdAt },
  };
  return Buffer.from(JSON.stringify(manifest));
}

/** `index.json`: every image by its reference, with its view in OCI's words where there is one, and last the backup. */
export function indexFile(
  plan: Plan,
  sizeOf: (manifest: Digest) => number,
  views: ReadonlyMap<Digest, OciView>,
  backup: Buffer,
): Buffer {
  const images = new Map(plan.images.map(image => [image.reference, image]));
  const manifests: ArchiveDescriptor[] = [...images.values()].flatMap(({ mediaType, digest, reference }) => {
    const annotations = { [REF_NAME]: reference };
    const view = views.get(digest);
    const own = { mediaType, digest, size: sizeOf(digest), annotations };
    // Tools that know Docker's words take the first of the name, the others the one in OCI's.
    return view === undefined ? [own] : [own, { ...view.descriptor, annotations }];
  });
  manifests.push({
    mediaType: MANIFEST_TYPE,
    digest: digestOf(backup),
    size: backup.length,
    artifactType: ARCHIVE_MEDIA.backup,
    annotations: { [REF_NAME]: BACKUP_NAME },
  });
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests }));
}

/** The blobs that the backup's manifest has as layers, in the order in which they stand in the tar. */
export function titledBlobs(plan: Plan): ArchiveDescriptor[] {
  const titled = (mediaType: string, digest: Digest, size: number, title: string) => ({
    mediaType,
    digest,
    size,
    annotations: { [TITLE]: title },
  });
  const key = plan.secrets.kind === 'age' ? plan.secrets.key : undefined;
  return [
    ...(key === undefined ? [] : [titled(ARCHIVE_MEDIA.key, key.digest, key.size, KEY_TITLE)]),
    ...plan.resources.map(blob => titled(blob.mediaType, blob.digest, blob.size, blob.title)),
  ];
}
