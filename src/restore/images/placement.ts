import type { Contents } from '../../archive/head.ts';
import { imageContent } from '../../archive/images.ts';
import type { PlannedImage } from '../../archive/plan.ts';
import { type Digest, hexOf } from '../../base/digest.ts';
import { Failure } from '../../base/errors.ts';
import type { ImageMap } from '../../foundation/image-map.ts';
import {
  isTag,
  parseReference,
  parseRepository,
  type Repository,
  repositoryOf,
  showReference,
  showRepository,
} from '../../registry/reference.ts';

/** Where one image of the archive goes. */
export interface Placement {
  readonly image: PlannedImage;
  readonly target: Repository;
  /** Tags to set on its root manifest, so that no registry takes it for garbage. */
  readonly tags: readonly string[];
  /** 0 for images; 1 for what is attached to an image, 2 for what is attached to that, and so on. */
  readonly rank: number;
}

/** The image as it will be named in the target. */
export function placedAs({ image, target }: Placement): string {
  return showReference({ ...target, digest: image.digest });
}

/** A bundle and the images of its lock as they will be named in the target; what is in a bundle of these is theirs. */
export function bundlePlacedAs({ image, target }: Placement): string[] {
  const locked = image.bundle?.images ?? [];
  return [image, ...locked].map(({ digest }) => showReference({ ...target, digest }));
}

/** Where all images of an archive go. */
export interface Placements {
  readonly placed: readonly Placement[];
  /** Images that no rule of the map covers: their references stay as they are and nothing is pushed. */
  readonly unmapped: readonly PlannedImage[];
}

/**
 * Everything of a bundle goes to the bundle's repository, since that is where imgpkg looks for it first; what is
 * attached to an image goes wherever that image goes, since nobody looks for it anywhere else. Images that are not
 * wanted are in neither list.
 */
export function placeImages(
  archive: Contents,
  map: ImageMap,
  wants: (image: PlannedImage) => boolean = () => true,
): Placements {
  const { images } = archive.plan;
  const placed: Placement[] = [];
  const unmapped: PlannedImage[] = [];
  const bundles = new Map<Digest, Repository[]>();
  for (const image of images.filter(image => image.partOf === undefined && image.attachedTo === undefined)) {
    if (!wants(image)) continue;
    const mapped = targetOf(image, map);
    if (mapped === undefined) {
      unmapped.push(image);
      continue;
    }
    const reference = parseReference(mapped);
    const target = repositoryOf(reference);
    const tags = rootTags(image, reference.tag);
    const isShared = showRepository(target) === image.repository;
    placed.push({ image, target, tags: isShared ? [...new Set([...tags, ownTag(image)])] : tags, rank: 0 });
    if (image.bundle !== undefined) bundles.set(image.digest, [...(bundles.get(image.digest) ?? []), target]);
  }
  for (const image of images) {
    if (image.partOf === undefined) continue;
    for (const target of bundles.get(image.partOf) ?? []) {
      placed.push({ image, target, tags: [imgpkgTag(image.digest)], rank: 0 });
    }
  }
  return { placed: [...placed, ...placeAttached(archive, placed)], unmapped };
}

function targetOf({ reference }: PlannedImage, map: ImageMap): string | undefined {
  try {
    return map.map(reference);
  } catch (cause) {
    throw new Failure('damaged', 'the archive has an image under what is no reference', {
      subject: reference.slice(0, 200),
      cause,
    });
  }
}

/** Subjects stand before what is attached to them; what is attached to an unmapped image is left where it is too. */
function placeAttached(archive: Contents, images: readonly Placement[]): Placement[] {
  const attached = archive.plan.images.filter(image => image.attachedTo !== undefined);
  if (attached.length === 0) return [];
  const placed: Placement[] = [];
  const holders = new Map<string, Map<string, Placement>>();
  const enter = (placement: Placement) => {
    const { image, target } = placement;
    for (const { digest } of imageContent(archive, image).manifests) {
      const key = `${image.repository}@${digest}`;
      const at = holders.get(key) ?? new Map<string, Placement>();
      if (!at.has(showRepository(target))) at.set(showRepository(target), placement);
      holders.set(key, at);
    }
  };
  for (const placement of images) enter(placement);
  for (const image of attached) {
    const at = holders.get(`${image.repository}@${image.attachedTo}`);
    for (const { target, rank } of at?.values() ?? []) {
      const placement = { image, target, tags: image.tag === undefined ? [] : [image.tag], rank: rank + 1 };
      placed.push(placement);
      enter(placement);
    }
  }
  return placed;
}

/** The tag under which imgpkg itself would put it (carvel.dev, imgpkg: "<algorithm>-<hex>.imgpkg"). */
function imgpkgTag(digest: Digest): string {
  return `${digest.replace(':', '-')}.imgpkg`;
}

/**
 * The tag that the resource states; else the GUIDs of the packages that name it, since Korifi tags so itself and
 * takes that tag off when it deletes one; else a tag of our own.
 */
function rootTags(image: PlannedImage, stated: string | undefined): string[] {
  if (image.bundle !== undefined) return [...(stated === undefined ? [] : [stated]), imgpkgTag(image.digest)];
  if (stated !== undefined) return [stated];
  const packages = image.usedBy
    .filter(user => user.startsWith('CFPackage '))
    .map(user => user.slice(user.lastIndexOf('/') + 1))
    .filter(isTag);
  return packages.length > 0 ? packages : [ownTag(image)];
}

/**
 * A tag of our own. Where source and target share a repository it stays when either's Korifi deletes a package: that
 * takes off the package's tag, and the manifest goes only with its last one.
 */
function ownTag({ digest }: PlannedImage): string {
  return `asa-backup-${hexOf(digest).slice(0, 32)}`;
}

/** Images that stay in the repository in which the source has them: whoever deletes one deletes the other side's. */
export function sharedImages(placements: readonly Placement[]): Placement[] {
  return placements.filter(
    ({ image, target, rank }) => rank === 0 && showRepository(target) === image.repository,
  );
}

/** The repositories that must hold each layer, found from the images' manifests. */
export function layerTargets(archive: Contents, placements: readonly Placement[]): Map<Digest, Repository[]> {
  const targets = new Map<Digest, Map<string, Repository>>();
  for (const { image, target } of placements) {
    for (const { digest } of imageContent(archive, image).layers) {
      if (archive.blobs.has(digest)) continue;
      const at = targets.get(digest) ?? new Map<string, Repository>();
      targets.set(digest, at.set(showRepository(target), target));
    }
  }
  return new Map([...targets].map(([digest, at]) => [digest, [...at.values()]]));
}

/** Every distinct repository that is written to, by its name. */
export function targetRepositories(placements: readonly Placement[]): Repository[] {
  const names = new Set(placements.map(({ target }) => showRepository(target)));
  return [...names].sort().map(parseRepository);
}
