import { type BasePlan, holderOf, leaveTo } from '../archive/base.ts';
import type { BlobStore } from '../archive/blob-spool.ts';
import { type Contents, layOut } from '../archive/head.ts';
import { FORMAT_VERSION, type Plan, type Selection, versionOf } from '../archive/plan.ts';
import type { SecretSealer } from '../archive/secrets.ts';
import type { SealSigner } from '../archive/signature.ts';
import type { Sink } from '../archive/sink.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Authority } from '../foundation/authorities.ts';
import type { Report } from '../progress/events.ts';
import type { Registries } from '../registry/registry.ts';
import { type Collected, collect } from './collect.ts';
import { type ImageSet, planImages } from './plan-images.ts';
import { type EngineResult, plannedOf, resultOf } from './result.ts';
import { writeArchive } from './write-archive.ts';

/** What an export reads from, what it takes, and where it writes. */
export interface ExportOptions {
  readonly cluster: Cluster;
  readonly registries: Registries;
  readonly sink: Sink;
  /** Where resources wait for the plan; read as long as {@link onContents} wants to. */
  readonly store: BlobStore;
  /** Undefined keeps secrets in plain text. */
  readonly sealer: SecretSealer | undefined;
  /** Undefined exports the whole foundation. */
  readonly selection: Selection | undefined;
  /** Makes a copy for others to see, without secrets and images. */
  readonly redact: boolean;
  /** The archive that layers are left to which it has; undefined puts all of them into the new one. */
  readonly base?: BasePlan | undefined;
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

/**
 * A live foundation into one archive.
 *
 *     list     every kind of the catalog, in pages; what is kept is compressed at once, and stored. When a part is chosen, twice:
 *              first to know what hangs together, then to take what belongs to the part
 *     resolve  every image that an object names: its manifests and configs read, its layers asked for
 *     plan     everything is known now: the size to the byte, and what is missing. Layers that a base has are left to it
 *     write    the head, then each layer once as it comes from the registry, then the seal, which names the objects
 *              that have changed since they were listed
 *
 * A kind that may not be read and an image that is not there are losses: named in the plan, in the events and in the
 * result, while the rest goes on. Anything that goes wrong later (a layer that vanishes, a full disk, an interrupt)
 * ends the export. Once the head is written the sink keeps what there is, so that the export can be resumed; before
 * that nothing stays behind.
 */
export async function exportFoundation(options: ExportOptions): Promise<EngineResult> {
  const { cluster, registries, sink, signer, report, signal } = options;
  let isResumable = false;
  try {
    report({ type: 'phase', phase: 'list' });
    const kubernetesVersion = await cluster.version(signal);
    const onAuthority = ({ pem, from }: Authority) => {
      if (registries.trust(pem)) return;
      report({ type: 'note', text: `the certificate authority in ${from} cannot be read, and is not used` });
    };
    const collected = await collect({ ...options, onAuthority });
    report({ type: 'phase', phase: 'resolve' });
    const uses = options.redact || options.selection?.images === false ? [] : collected.images;
    const images = await planImages(uses, registries, report, {
      ...options,
      installed: options.installedPackagesOnly ? collected.installed : undefined,
      changed: () => collected.drift(() => undefined),
      held: options.base && holderOf(options.base),
    });
    const plan = planOf(options, collected, images, kubernetesVersion);
    const head = layOut({ plan, blobs: blobsOf(options, images), aside: options.store });
    options.onContents?.(head);
    report({ type: 'phase', phase: 'write' });
    report(plannedOf(plan));
    const sources = images.sources.filter((_, index) => !plan.layers[index]?.inBase);
    const onResumable = () => {
      isResumable = true;
    };
    let drift: readonly string[] = [];
    let unknown = new Set<string>();
    const askDrift = async () => {
      unknown = new Set();
      drift = await collected.drift(kind => unknown.add(kind));
      return [...drift];
    };
    await writeArchive({
      ...{ head, sources, sink, registries, signer, report, signal, onResumable },
      drift: askDrift,
    });
    for (const kind of unknown) {
      report({ type: 'note', text: `whether ${kind} changed during the backup cannot be told` });
    }
    report({ type: 'phase', phase: 'finish' });
    const result = resultOf(plan, sink.position, signer);
    const hints = images.hints.map(hint => `to get what is lost: ${hint}`);
    return { ...result, notes: [...result.notes, ...hints], drift };
  } catch (error) {
    await sink.abort(isResumable);
    throw error;
  }
}

function planOf(
  options: ExportOptions,
  collected: Collected,
  images: ImageSet,
  kubernetesVersion: string,
): Plan {
  const whole: Plan = {
    formatVersion: FORMAT_VERSION,
    createdAt: options.createdAt.toISOString(),
    tool: { ...options.tool },
    source: {
      kubernetesVersion,
      ...(collected.korifi && { korifi: collected.korifi }),
      absentKinds: [...collected.absentKinds],
    },
    ...(options.selection && { selection: { ...options.selection, leftOut: [...collected.leftOut] } }),
    ...(options.redact && { redacted: true as const }),
    secrets: options.sealer?.protection ?? { kind: 'plaintext' },
    resources: [...collected.blobs],
    images: [...images.images],
    layers: [...images.layers],
    losses: [...collected.losses, ...images.losses],
  };
  const plan = options.base === undefined ? whole : leaveTo(options.base, whole);
  return { ...plan, formatVersion: versionOf(plan, options.signer !== undefined) };
}

function blobsOf({ sealer }: ExportOptions, images: ImageSet) {
  return new Map([
    ...(sealer?.key === undefined ? [] : [[sealer.key.blob.digest, sealer.key.bytes] as const]),
    ...images.small.map(({ descriptor, bytes }) => [descriptor.digest, bytes] as const),
  ]);
}
