import type { Contents } from '../archive/head.ts';
import { imageContent } from '../archive/images.ts';
import type { PlannedImage } from '../archive/plan.ts';
import type { Digest } from '../base/digest.ts';
import type { SelectionGraph } from '../foundation/selection-graph.ts';
import type { ImagesFacts } from '../foundation/selection-images.ts';
import { SelectionTree } from '../foundation/selection-tree.ts';
import { surveyObjects } from './selection.ts';
import type { ObjectStore } from './store.ts';

/** What can be chosen of an archive, with the sizes of its images: its head is enough for that. */
export function treeOfArchive(head: Contents, graph: SelectionGraph): SelectionTree {
  return new SelectionTree(graph, imagesFacts(head));
}

/** The same of an archive whose objects were not looked at yet. Secrets are decrypted on the way. */
export async function surveyArchive(head: Contents, store: ObjectStore): Promise<SelectionTree> {
  return treeOfArchive(head, await surveyObjects(store, head.plan.source.korifi));
}

/** The images that objects name, each with the layers of all that belongs to it: a bundle's images, signatures. */
function imagesFacts(head: Contents): ImagesFacts {
  const { images, layers } = head.plan;
  const numbers = new Map(layers.map(({ digest }, number) => [digest, number]));
  const parts = Map.groupBy(images, ({ partOf }) => partOf);
  const attached = Map.groupBy(
    images.filter(({ attachedTo }) => attachedTo !== undefined),
    ({ repository, attachedTo }) => `${repository}@${attachedTo}`,
  );
  const collect = (image: PlannedImage, into: Set<number>, seen: Set<Digest>) => {
    if (seen.has(image.digest)) return;
    seen.add(image.digest);
    const content = imageContent(head, image);
    for (const { digest } of content.layers) {
      const number = numbers.get(digest);
      if (number !== undefined) into.add(number);
    }
    const below = content.manifests.flatMap(
      ({ digest }) => attached.get(`${image.repository}@${digest}`) ?? [],
    );
    for (const one of [...(parts.get(image.digest) ?? []), ...below]) collect(one, into, seen);
  };
  const held = (image: PlannedImage): PlannedImage[] => [
    image,
    ...(image.bundle === undefined ? [] : (parts.get(image.digest) ?? [])),
  ];
  const order = new Map(images.map((image, number) => [image, number]));
  const roots = images.filter(({ partOf, attachedTo }) => partOf === undefined && attachedTo === undefined);
  return {
    layerBytes: layers.map(({ size }) => size),
    images: roots.map(image => {
      const own = new Set<number>();
      collect(image, own, new Set());
      return { users: image.usedBy, holds: held(image).map(one => order.get(one) ?? 0), layers: [...own] };
    }),
  };
}
