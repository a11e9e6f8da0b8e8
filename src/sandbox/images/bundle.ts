import { load } from 'js-yaml';
import { hexOf, isDigest } from '../../base/digest.ts';
import { MEDIA } from '../../registry/descriptor.ts';
import { layerOf } from '../registry/layer.ts';
import type { ImageClient, ImageManifest } from './client.ts';
import { parseImage, repositoryOf } from './name.ts';
import { type Files, unpackLayer } from './tarball.ts';

/** An image that a bundle's lock names, by digest. */
export interface LockedImage {
  readonly image: string;
  /** The text in the bundle's files that stands for it (`kbld.carvel.dev/id`). */
  readonly id: string;
}

/** A bundle as imgpkg pulls it. */
export interface Bundle {
  /** By digest. */
  readonly image: string;
  readonly files: Files;
  /** The lock, with references to the bundle's own repository when it was relocated. */
  readonly lock: readonly LockedImage[];
}

/** Label that makes an image a bundle. */
const BUNDLE_LABEL = 'dev.carvel.imgpkg.bundle';

/** `<bundle's repository>:sha256-<hex>.image-locations.imgpkg` */
function locationsTag(image: string): string {
  const { target } = parseImage(image);
  if (!isDigest(target)) throw new TypeError(`not by digest: ${image}`);
  return `sha256-${hexOf(target)}.image-locations.imgpkg`;
}

/** Pushes a bundle: files, and the lock of the images that they name. Its reference by digest. */
export async function pushBundle(
  images: ImageClient,
  repository: string,
  files: Readonly<Record<string, string>>,
  lock: readonly LockedImage[],
  tags: readonly string[],
): Promise<string> {
  const entries = lock.map(
    ({ image, id }) => `\n- image: ${image}\n  annotations:\n    kbld.carvel.dev/id: ${id}`,
  );
  const list = entries.length === 0 ? ' []' : entries.join('');
  const yaml = `---\napiVersion: imgpkg.carvel.dev/v1alpha1\nkind: ImagesLock\nimages:${list}\n`;
  const layers = [layerOf({ '.imgpkg/images.yml': yaml, ...files })];
  return images.push(repository, { layers, config: { Labels: { [BUNDLE_LABEL]: 'true' } } }, tags);
}

/** The text files under a folder with every locked image where the bundle is now, as kbld writes them. */
export function rewritten({ files, lock }: Bundle, folder: string): string[] {
  const texts = [...files]
    .filter(([path]) => path.startsWith(folder))
    .map(([, content]) => content.toString());
  return texts.map(text => lock.reduce((yaml, { id, image }) => yaml.replaceAll(id, image), text));
}

/** What `imgpkg copy` leaves beside a relocated bundle; its presence alone makes references be rewritten. */
export async function pushLocations(
  images: ImageClient,
  bundle: string,
  locked: readonly string[],
): Promise<void> {
  const list = [...locked].sort().map(image => `\n- image: ${image}\n  isBundle: false`);
  const yaml = `---\napiVersion: imgpkg.carvel.dev/v1alpha1\nkind: ImageLocations\nimages:${list.join('')}\n`;
  await images.push(repositoryOf(bundle), { layers: [layerOf({ 'image-locations.yml': yaml })] }, [
    locationsTag(bundle),
  ]);
}

/** @throws Error as imgpkg says it: no such image, no bundle, a layer or locations image of the wrong type. */
export async function fetchBundle(images: ImageClient, reference: string): Promise<Bundle> {
  const manifest = await images.manifest(reference);
  if (manifest === undefined)
    throw new Error(`Fetching image: GET ${reference}: MANIFEST_UNKNOWN: manifest unknown`);
  const image = `${repositoryOf(reference)}@${manifest.digest}`;
  const files = await unpackLayer(await images.blob(image, singleLayer(manifest)));
  const yaml = files.get('.imgpkg/images.yml');
  if (yaml === undefined)
    throw new Error(`Expected bundle image but found plain image (hint: Did you use -i instead of -b?)`);
  const lock = lockOf(yaml.toString());
  return { image, files, lock: (await isRelocated(images, image, lock)) ? relocate(image, lock) : lock };
}

function singleLayer({ layers }: ImageManifest) {
  const [layer] = layers;
  if (layer === undefined || layers.length !== 1) {
    throw new Error(`Expected bundle to only have a single layer, got ${layers.length}`);
  }
  if (layer.mediaType !== MEDIA.dockerLayer)
    throw new Error('Expected layer to have docker layer media type');
  return layer.digest;
}

function lockOf(yaml: string): LockedImage[] {
  const { images } = load(yaml) as { images?: { image: string; annotations?: Record<string, string> }[] };
  return (images ?? []).map(({ image, annotations }) => ({
    image,
    id: annotations?.['kbld.carvel.dev/id'] ?? image,
  }));
}

/** A locations image, or every image in the bundle's own repository: else the references silently stay. */
async function isRelocated(
  images: ImageClient,
  bundle: string,
  lock: readonly LockedImage[],
): Promise<boolean> {
  const locations = await images.manifest(`${repositoryOf(bundle)}:${locationsTag(bundle)}`);
  if (locations !== undefined) {
    singleLayer(locations);
    return true;
  }
  for (const { image } of relocate(bundle, lock)) if (!(await images.has(image))) return false;
  return true;
}

function relocate(bundle: string, lock: readonly LockedImage[]): LockedImage[] {
  return lock.map(({ image, id }) => ({ id, image: `${repositoryOf(bundle)}@${parseImage(image).target}` }));
}
