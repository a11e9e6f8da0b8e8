import { type Contents, layOut } from '../archive/head.ts';
import {
  FORMAT_VERSION,
  type Plan,
  type PlannedImage,
  type Selection,
  SIGNED_VERSION,
} from '../archive/plan.ts';
import type { SecretSealer } from '../archive/secrets.ts';
import type { SealSigner } from '../archive/signature.ts';
import type { Sink } from '../archive/sink.ts';
import { fingerprintOf } from '../archive/ssh/public-key.ts';
import { ArchiveWriter } from '../archive/writer.ts';
import { Failure } from '../base/errors.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Authority } from '../foundation/authorities.ts';
import { selectionFlags } from '../foundation/selection-flags.ts';
import type { Report } from '../progress/events.ts';
import type { ExportResult } from '../progress/results.ts';
import type { Registries } from '../registry/registry.ts';
import { type Collected, collect } from './collect.ts';
import { type ImageSet, planImages } from './plan-images.ts';

export interface ExportOptions {
  readonly cluster: Cluster;
  readonly registries: Registries;
  readonly sink: Sink;
  /** Undefined keeps secrets in plain text. */
  readonly sealer: SecretSealer | undefined;
  /** Undefined exports the whole foundation. */
  readonly selection: Selection | undefined;
  /** Who signs the archive, if anybody. */
  readonly signer: SealSigner | undefined;
  /** Whether signatures and other artifacts that are attached to images come along. */
  readonly attached: boolean;
  /** Whether foreign layers come along, and not only their urls. */
  readonly foreignLayers: boolean;
  /** Whether of package repositories only what is installed comes along. */
  readonly installedPackagesOnly?: boolean;
  /** Told of every registry login that the foundation holds (a dockerconfigjson document). */
  readonly onPullSecret: (dockerConfig: string) => void;
  /** Told what the archive will hold but for its layers, before the first of these. */
  readonly onContents?: (contents: Contents) => void;
  readonly createdAt: Date;
  readonly tool: { readonly name: string; readonly version: string };
  readonly report: Report;
  readonly signal?: AbortSignal;
}

/** What the engine knows of an export's result. */
export type EngineResult = Omit<ExportResult, 'file' | 'parts' | 'seconds'>;

/**
 * A live foundation into one archive.
 *
 *     list     every kind of the catalog, in pages; what is kept is compressed at once. When a part is chosen, twice:
 *              first to know what hangs together, then to take what belongs to the part
 *     resolve  every image that an object names: its manifests and configs read, its layers asked for
 *     plan     everything is known now: the size to the byte, and what is missing
 *     write    the head, then each layer once as it comes from the registry, then the seal
 *
 * A kind that may not be read and an image that is not there are losses: named in the plan, in the events and in the
 * result, while the rest goes on. Anything that goes wrong later (a layer that vanishes, a full disk, an interrupt)
 * ends the export; the sink is aborted, and nothing that looks like an archive stays behind.
 */
export async function exportFoundation(options: ExportOptions): Promise<EngineResult> {
  const { cluster, registries, sink, report, signal } = options;
  try {
    report({ type: 'phase', phase: 'list' });
    const kubernetesVersion = await cluster.version(signal);
    const onAuthority = ({ pem, from }: Authority) => {
      if (registries.trust(pem)) return;
      report({ type: 'note', text: `the certificate authority in ${from} cannot be read, and is not used` });
    };
    const collected = await collect({ ...options, onAuthority });
    report({ type: 'phase', phase: 'resolve' });
    const uses = options.selection?.images === false ? [] : collected.images;
    const images = await planImages(uses, registries, report, {
      ...options,
      installed: options.installedPackagesOnly ? collected.installed : undefined,
    });
    const plan = planOf(options, collected, images, kubernetesVersion);
    const head = layOut({ plan, blobs: blobsOf(options, collected, images) });
    options.onContents?.(head);
    report({ type: 'phase', phase: 'write' });
    report({
      type: 'planned',
      bytes: sum(plan.layers.map(layer => layer.size)),
      blobs: plan.layers.length,
      ...counts(plan),
    });
    const writer = new ArchiveWriter(sink, head, options.signer);
    await writer.writeHead();
    await writeLayers(writer, images, options).catch(explainVanished);
    await writer.seal();
    await sink.commit();
    report({ type: 'phase', phase: 'finish' });
    return resultOf(plan, collected, sink.position, options.signer);
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

/** Layers were all there while planning, so this one was deleted meanwhile. */
function explainVanished(error: unknown): never {
  if (!(error instanceof Failure) || error.code !== 'registry-missing') throw error;
  throw new Failure(error.code, `it was there when the export began, and is gone: ${error.message}`, {
    hints: [
      'Korifi deletes the images of builds and packages that it retains no longer: run the export again',
      ...error.hints,
    ],
    cause: error,
    ...(error.subject !== undefined && { subject: error.subject }),
  });
}

/** Each chunk is written while the next one is waited for and hashed. */
async function writeLayers(
  writer: ArchiveWriter,
  { sources }: ImageSet,
  options: ExportOptions,
): Promise<void> {
  const { registries, report, signal } = options;
  let writing: Promise<void> = Promise.resolve();
  let current = -1;
  let bytes = 0;
  for await (const { index, chunk } of registries.blobs(sources, signal === undefined ? {} : { signal })) {
    const source = sources[index];
    if (source === undefined) continue;
    const { digest, size } = source.descriptor;
    if (index !== current) {
      current = index;
      bytes = 0;
      report({ type: 'blob-started', digest, bytes: size, for: source.repositories[0]?.path ?? '' });
    }
    await writing;
    writing = writer.writeLayer(index, chunk);
    // It is waited for one chunk later; until then its failure must not count as unhandled.
    writing.catch(() => undefined);
    bytes += chunk.length;
    report({ type: 'blob-progress', digest, bytes });
    if (bytes === size) report({ type: 'blob-done', digest, bytes, how: 'moved' });
  }
  await writing;
}

function planOf(
  options: ExportOptions,
  collected: Collected,
  images: ImageSet,
  kubernetesVersion: string,
): Plan {
  return {
    formatVersion: options.signer === undefined ? FORMAT_VERSION : SIGNED_VERSION,
    createdAt: options.createdAt.toISOString(),
    tool: { ...options.tool },
    source: {
      kubernetesVersion,
      ...(collected.korifi && { korifi: collected.korifi }),
      absentKinds: [...collected.absentKinds],
    },
    ...(options.selection && { selection: { ...options.selection, leftOut: [...collected.leftOut] } }),
    secrets: options.sealer?.protection ?? { kind: 'plaintext' },
    resources: collected.blobs.map(({ blob }) => blob),
    images: [...images.images],
    layers: [...images.layers],
    losses: [...collected.losses, ...images.losses],
  };
}

function blobsOf({ sealer }: ExportOptions, collected: Collected, images: ImageSet) {
  return new Map([
    ...(sealer?.key === undefined ? [] : [[sealer.key.blob.digest, sealer.key.bytes] as const]),
    ...collected.blobs.map(({ blob, bytes }) => [blob.digest, bytes] as const),
    ...images.small.map(({ descriptor, bytes }) => [descriptor.digest, bytes] as const),
  ]);
}

function counts({ resources, images }: Plan) {
  return {
    objects: sum(resources.map(blob => blob.objects)),
    images: images.filter(isImage).length,
    waves: 0,
  };
}

function resultOf(plan: Plan, collected: Collected, bytes: number, signer?: SealSigner): EngineResult {
  const { absentKinds: absent } = plan.source;
  const layerBytes = sum(plan.layers.map(layer => layer.size));
  return {
    bytes,
    createdAt: plan.createdAt,
    secrets: plan.secrets.kind,
    ...(signer && { signature: { key: fingerprintOf(signer.publicKey) } }),
    objects: { ...collected.objects },
    ...(plan.selection && {
      selection: { flags: selectionFlags(plan.selection), leftOut: plan.selection.leftOut },
    }),
    images: {
      count: plan.images.filter(isImage).length,
      attached: plan.images.filter(image => !isImage(image)).length,
      bytes: layerBytes,
      layers: plan.layers.length,
    },
    losses: plan.losses,
    notes: [
      ...(absent.length === 0 ? [] : [`the cluster does not serve these kinds: ${absent.join(', ')}`]),
      ...plan.images.flatMap(({ reference, bundle }) =>
        bundle?.leftOut === undefined
          ? []
          : [`left out of ${reference}, since they are not installed: ${bundle.leftOut.join(', ')}`],
      ),
    ],
  };
}

/** Not what is attached to one. */
function isImage({ attachedTo }: PlannedImage): boolean {
  return attachedTo === undefined;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
