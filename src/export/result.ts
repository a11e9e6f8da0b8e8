import { leftBy } from '../archive/base.ts';
import type { Plan, PlannedImage } from '../archive/plan.ts';
import type { SealSigner } from '../archive/signature.ts';
import { fingerprintOf } from '../archive/ssh/public-key.ts';
import { selectionFlags } from '../foundation/selection-flags.ts';
import type { ProgressEvent } from '../progress/events.ts';
import type { ExportResult } from '../progress/results/archive.ts';

/** What an engine knows of an export's result. */
export type EngineResult = Omit<ExportResult, 'file' | 'parts' | 'seconds'>;

/** What will be moved, as the progress counts it. */
export function plannedOf({ layers, resources, images }: Plan): ProgressEvent {
  const moved = layers.filter(({ inBase }) => !inBase);
  return {
    type: 'planned',
    bytes: sum(moved.map(layer => layer.size)),
    blobs: moved.length,
    objects: sum(resources.map(blob => blob.objects)),
    images: images.filter(isImage).length,
    waves: 0,
  };
}

/** @param bytes of the archive. */
export function resultOf(plan: Plan, bytes: number, signer: SealSigner | undefined): EngineResult {
  const { absentKinds: absent } = plan.source;
  const objects: Record<string, number> = {};
  const base = leftBy(plan);
  for (const blob of plan.resources) objects[blob.kind] = (objects[blob.kind] ?? 0) + blob.objects;
  return {
    bytes,
    createdAt: plan.createdAt,
    secrets: plan.redacted ? 'redacted' : plan.secrets.kind,
    ...(signer && { signature: { key: fingerprintOf(signer.publicKey) } }),
    objects,
    ...(plan.selection && {
      selection: { flags: selectionFlags(plan.selection), leftOut: plan.selection.leftOut },
    }),
    images: {
      count: plan.images.filter(isImage).length,
      attached: plan.images.filter(image => !isImage(image)).length,
      bytes: sum(plan.layers.map(layer => layer.size)),
      layers: plan.layers.length,
    },
    ...(base && { base }),
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
