import type { Digest } from '../base/digest.ts';
import { Failure } from '../base/errors.ts';
import type { Loss } from '../base/losses.ts';
import { onlyIfLeft } from './base.ts';
import type { Contents } from './head.ts';
import { type ImageContent, imageContent } from './images.ts';
import { titledBlobs } from './oci-layout.ts';
import { ARCHIVE_MEDIA, type Plan, type PlannedImage, type PlannedLayer, type ResourceBlob } from './plan.ts';

/** A smaller backup that is whole, and what it lacks of the one before. */
export interface Reduced {
  readonly contents: Contents;
  readonly lost: readonly Loss[];
}

/**
 * The backup that can be made of what is left of one: the resource blobs that are there, the images of which everything
 * is, the layers of these, and nothing else. What is gone is among its losses, by image and by resource. What was left
 * to a base is there as before.
 */
export function reduce({ plan, blobs }: Contents, layers: { has(digest: Digest): boolean }): Reduced {
  const resources = resourcesOf(plan, blobs);
  const isThere = ({ digest, inBase }: PlannedLayer) => inBase || layers.has(digest);
  const there = { plan: { ...plan, layers: plan.layers.filter(isThere) }, blobs };
  const images = imagesOf(there);
  const needed = new Set<Digest>();
  for (const { manifests, configs, layers } of images.content) {
    for (const { digest } of [...manifests, ...configs, ...layers]) needed.add(digest);
  }
  const lost = [...resources.lost, ...images.lost];
  const reduced: Plan = onlyIfLeft({
    ...plan,
    secrets: resources.secrets,
    resources: resources.kept,
    images: images.kept,
    layers: there.plan.layers.filter(({ digest }) => needed.has(digest)),
    losses: [...plan.losses, ...lost],
  });
  for (const { digest } of titledBlobs(reduced)) needed.add(digest);
  const layered = new Set(reduced.layers.map(({ digest }) => digest));
  const kept = [...blobs].filter(([digest]) => needed.has(digest) && !layered.has(digest));
  return { contents: { plan: reduced, blobs: new Map(kept) }, lost };
}

function resourcesOf({ resources, secrets }: Plan, blobs: Contents['blobs']) {
  const keyGone = secrets.kind === 'age' && secrets.key !== undefined && !blobs.has(secrets.key.digest);
  const isSealed = (blob: ResourceBlob) => blob.mediaType === ARCHIVE_MEDIA.sealedResources;
  const kept = resources.filter(blob => blobs.has(blob.digest) && !(keyGone && isSealed(blob)));
  const lost = resources
    .filter(blob => !kept.includes(blob))
    .map(({ digest, kind, objects, title }): Loss => {
      const what = objects === 1 ? `1 ${kind}` : `${objects} objects of the kind ${kind}`;
      const gone = blobs.has(digest) ? 'the key that opens it is damaged' : 'its bytes are damaged';
      return { kind: 'kind-failed', subject: title, reason: `${gone}: ${what}` };
    });
  return { kept, lost, secrets: keyGone ? { kind: 'plaintext' as const } : secrets };
}

/** Subjects and bundles stand before what belongs to them. */
function imagesOf(contents: Contents) {
  const kept: PlannedImage[] = [];
  const lost: Loss[] = [];
  const content: ImageContent[] = [];
  const manifests = new Set<Digest>();
  const lose = ({ reference, usedBy }: PlannedImage, reason: string) =>
    lost.push({ kind: 'image-unreadable', subject: reference, reason, usedBy });
  const bundles = new Set<Digest>();
  const inOrder = [...contents.plan.images].sort((a, b) => rank(a) - rank(b));
  const whole = new Set<PlannedImage>();
  for (const image of inOrder) {
    const { digest, partOf, attachedTo, bundle } = image;
    if (partOf !== undefined && !bundles.has(partOf))
      lose(image, 'the bundle that it is a part of is damaged');
    else if (attachedTo !== undefined && !manifests.has(attachedTo))
      lose(image, 'the image that it is attached to is damaged');
    else {
      const found = wholeContent(contents, image);
      if (typeof found === 'string') {
        lose(image, found);
        continue;
      }
      content.push(found);
      whole.add(image);
      if (bundle !== undefined) bundles.add(digest);
      for (const manifest of found.manifests) manifests.add(manifest.digest);
    }
  }
  kept.push(...contents.plan.images.filter(image => whole.has(image)));
  return { kept, lost, content };
}

/** Bundles, then what is in them, then what is attached to any of these, in the plan's own order. */
function rank({ bundle, partOf, attachedTo }: PlannedImage): number {
  if (attachedTo !== undefined) return 2;
  return partOf === undefined || bundle !== undefined ? 0 : 1;
}

function wholeContent(contents: Contents, image: PlannedImage): ImageContent | string {
  if (!contents.blobs.has(image.digest)) return 'its manifest is damaged';
  try {
    return imageContent(contents, image);
  } catch (error) {
    if (error instanceof Failure && error.code === 'damaged')
      return `a part of it is damaged: ${error.message}`;
    throw error;
  }
}
