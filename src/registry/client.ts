import { getSmallBlob, headBlob } from './blobs.ts';
import type { UploadSizes } from './chunked.ts';
import { FastLane } from './fast-lane.ts';
import { hasForeign } from './foreign.ts';
import { deleteManifest, getManifest, headManifest, putManifest } from './manifests.ts';
import type { PartSizes } from './parts-under-way.ts';
import { BlobReader } from './ranges.ts';
import { ReferrersApi } from './referrers.ts';
import { ReferrersTags } from './referrers-tag.ts';
import type { Registries } from './registry.ts';
import { Remote, type RemoteOptions } from './remote.ts';
import { readBlobs } from './segments.ts';
import { listTags } from './tags.ts';
import { Uploads } from './uploads.ts';

/** Who logs in where, whom to trust, and how patient to be. */
export interface RegistryOptions extends RemoteOptions {
  /** Differs from UPLOAD_CHUNK_BYTES and UPLOAD_HELD_BYTES. */
  readonly uploads?: UploadSizes;
  /** Differs from PART_BYTES and PARTS_BYTES. */
  readonly parts?: PartSizes;
}

/** Registries over HTTP, all through one pool of connections; see the contract for what each operation promises. */
export function createRegistries({ uploads: sizes, parts, ...options }: RegistryOptions): Registries {
  const remote = new Remote(options);
  const fastLane = new FastLane(remote.network, repository =>
    remote.authorization({ repository, access: 'pull' }),
  );
  const uploads = new Uploads(remote, sizes);
  const reader = new BlobReader(remote, fastLane);
  const referrers = new ReferrersApi(remote);
  const referrersTags = new ReferrersTags(remote);
  return {
    flow: remote.flow,
    trust: pem => remote.network.trust(pem),
    manifest: (reference, signal) => getManifest(remote, reference, signal),
    hasManifest: (reference, signal) => headManifest(remote, reference, signal),
    smallBlob: (repository, descriptor, limit, signal) =>
      getSmallBlob(reader, repository, descriptor, limit, signal),
    hasBlob: (repository, digest, signal) => headBlob(remote, repository, digest, signal),
    findBlob: (repository, descriptor, signal) => reader.find(repository, descriptor, signal),
    blobs: (wanted, blobsOptions) => readBlobs(reader, wanted, remote.flow, blobsOptions, parts),
    mountBlob: (repository, digest, from, signal) => uploads.mount(repository, digest, from, signal),
    pushBlob: (...upload) => uploads.push(...upload),
    async pushManifest(repository, manifest, tag, signal) {
      const noted = await putManifest(remote, repository, manifest, tag, signal);
      if (!noted) await referrersTags.enter(repository, manifest, signal);
    },
    deleteManifest: (reference, signal) => deleteManifest(remote, reference, signal),
    tags: (repository, signal) => listTags(remote, repository, signal),
    referrers: (repository, subject, signal) => referrers.list(repository, subject, signal),
    hasForeign: (repository, descriptor, signal) => hasForeign(remote, repository, descriptor, signal),
    checkWritable: (repository, signal) => uploads.checkWritable(repository, signal),
    async close() {
      fastLane.close();
      await remote.close();
    },
  };
}
