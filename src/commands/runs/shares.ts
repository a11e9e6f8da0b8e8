import type { Contents } from '../../archive/head.ts';
import { imageContent } from '../../archive/images.ts';
import { readObjects } from '../../archive/resources.ts';
import type { KubeObject } from '../../base/object.ts';
import { type ImageShare, imageShares, SHARE_KINDS } from '../../foundation/image-shares.ts';

/** Who needs which bytes of an archive. The kinds that say so are never secret. */
export async function sharesOf(contents: Contents): Promise<ImageShare> {
  const objects: KubeObject[] = [];
  for (const blob of contents.plan.resources.filter(({ kind }) => SHARE_KINDS.includes(kind))) {
    for await (const object of readObjects(contents, blob)) objects.push(object);
  }
  return imageShares(contents.plan, objects, image =>
    imageContent(contents, image).layers.map(({ digest }) => digest),
  );
}
