import { type Descriptor, MEDIA } from '../../src/registry/descriptor.ts';
import { parseRepository, type Repository } from '../../src/registry/reference.ts';
import type { Manifest, Registries } from '../../src/registry/registry.ts';
import { descriptorOf } from './setting.ts';

/** What an image or artifact is to be made of. */
export interface Made {
  readonly layers?: readonly (Buffer | string)[];
  /** Layers that stand elsewhere, as the manifest names them. */
  readonly foreign?: readonly Descriptor[];
  readonly subject?: Descriptor | undefined;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly tag?: string | undefined;
}

const EMPTY = Buffer.from('{}');

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** Pushes images and artifacts of any form, as their tools do. */
export function pusher(registries: Registries, host: string, path: string) {
  const repository: Repository = parseRepository(`${host}/${path}`);

  async function blob(bytes: Buffer, mediaType: string): Promise<Descriptor> {
    const descriptor = descriptorOf(bytes, mediaType);
    await registries.pushBlob(repository, descriptor, once(bytes));
    return descriptor;
  }

  async function manifest(json: object, mediaType: string, tag?: string): Promise<Descriptor> {
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...json }));
    const pushed: Manifest = { descriptor: descriptorOf(bytes, mediaType), bytes };
    await registries.pushManifest(repository, pushed, tag);
    return pushed.descriptor;
  }

  return {
    repository,
    /** An image; one with a subject or type is an artifact with an empty config. */
    async image({ layers = [], foreign = [], subject, artifactType, annotations, tag }: Made) {
      const isArtifact = subject !== undefined || artifactType !== undefined;
      const config = isArtifact ? EMPTY : Buffer.from(JSON.stringify({ layers: layers.length, os: 'linux' }));
      const json = {
        ...(artifactType && { artifactType }),
        config: await blob(config, isArtifact ? MEDIA.ociEmpty : MEDIA.ociConfig),
        layers: [
          ...(await Promise.all(layers.map(layer => blob(Buffer.from(layer), 'application/octet-stream')))),
          ...foreign,
        ],
        ...(subject && { subject }),
        ...(annotations && { annotations }),
      };
      return manifest(json, MEDIA.ociManifest, tag);
    },
    index: (manifests: readonly Descriptor[], { subject, tag }: Pick<Made, 'subject' | 'tag'> = {}) =>
      manifest({ manifests, ...(subject && { subject }) }, MEDIA.ociIndex, tag),
  };
}

/** The tag by which cosign finds what it made for a manifest. */
export function cosignTag({ digest }: Pick<Descriptor, 'digest'>, ending: 'sig' | 'att' | 'sbom'): string {
  return `${digest.replace(':', '-')}.${ending}`;
}

/** The index that stands in for the referrers API, as its entries. */
export async function fallbackEntries(
  registries: Registries,
  repository: Repository,
  subject: Descriptor,
): Promise<Descriptor[]> {
  const reference = { ...repository, tag: subject.digest.replace(':', '-') };
  return JSON.parse((await registries.manifest(reference)).bytes.toString()).manifests;
}

export const digestsOf = (parts: readonly { digest: string }[]) => parts.map(({ digest }) => digest).sort();
