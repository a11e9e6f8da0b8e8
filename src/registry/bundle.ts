import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { load } from 'js-yaml';
import { type Extract, extract } from 'tar-stream';
import { Failure, reasonOf } from '../base/errors.ts';
import { BUNDLE_INFLATED_BYTES, BUNDLE_LOCK_BYTES } from '../base/limits.ts';
import { parseReference, type Reference, type Repository, repositoryOf } from './reference.ts';
import { presentable } from './refusal.ts';

/** Present on an image that is an imgpkg bundle, whatever its value. */
const BUNDLE_LABEL = 'dev.carvel.imgpkg.bundle';
const LOCK = '.imgpkg/images.yml';

/** Whether an image's config says that the image is a bundle. */
export function isBundleConfig(bytes: Buffer): boolean {
  try {
    const { config } = JSON.parse(bytes.toString('utf8')) as { config?: { Labels?: object | null } };
    return config?.Labels != null && Object.hasOwn(config.Labels, BUNDLE_LABEL);
  } catch {
    // Configs of artifacts may be anything; a bundle's is JSON.
    return false;
  }
}

/**
 * The references that a bundle locks, as its `.imgpkg/images.yml` has them; undefined when there is no such file,
 * and the image so no bundle in spite of its label (which an image built upon a bundle inherits).
 * @throws Failure `registry-error` when the layer or the lock cannot be read
 */
export async function readLock(layer: Buffer, subject: string): Promise<string[] | undefined> {
  const entries = extract();
  const source = Readable.from(inflated(layer), { objectMode: false });
  source.on('error', error => entries.destroy(error));
  source.pipe(entries as unknown as NodeJS.WritableStream);
  try {
    const lock = await findLock(entries);
    return lock === undefined ? undefined : referencesIn(lock);
  } catch (error) {
    throw new Failure('registry-error', `the bundle's lock cannot be read: ${presentable(reasonOf(error))}`, {
      subject,
    });
  } finally {
    source.destroy();
    entries.destroy();
  }
}

async function* inflated(layer: Buffer): AsyncGenerator<Buffer> {
  if (layer[0] !== 0x1f || layer[1] !== 0x8b) {
    yield layer;
    return;
  }
  let size = 0;
  for await (const chunk of Readable.from([layer]).pipe(createGunzip())) {
    size += chunk.length;
    if (size > BUNDLE_INFLATED_BYTES)
      throw new Error(`it inflates to more than ${BUNDLE_INFLATED_BYTES} bytes`);
    yield chunk;
  }
}

async function findLock(entries: Extract): Promise<string | undefined> {
  for await (const entry of entries) {
    if (entry.header.name.replace(/^(\.?\/)+/, '') !== LOCK) {
      entry.resume();
      continue;
    }
    if (entry.header.size > BUNDLE_LOCK_BYTES)
      throw new Error(`${LOCK} has more than ${BUNDLE_LOCK_BYTES} bytes`);
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8');
  }
  return undefined;
}

/** An ImagesLock (imgpkg.carvel.dev/v1alpha1). */
function referencesIn(yaml: string): string[] {
  const lock = load(yaml) as { kind?: unknown; images?: unknown } | null | undefined;
  if (lock?.kind !== 'ImagesLock') throw new Error(`${LOCK} is no ImagesLock`);
  const images = lock.images ?? [];
  if (!Array.isArray(images)) throw new Error('its images are no list');
  return images.map(entry => {
    const image: unknown = entry?.image;
    if (typeof image !== 'string') throw new Error('an entry names no image');
    return image;
  });
}

/** Where imgpkg looks for an image of a lock: the bundle's repository, then where the lock says. */
export function placesOf(locked: string, bundle: Repository): Reference[] {
  let reference: Reference;
  try {
    reference = parseReference(locked);
  } catch {
    // The reason that is reported says as much: a lock's references are by digest or of no use.
    return [];
  }
  const { digest } = reference;
  if (digest === undefined) return [];
  return [
    { ...bundle, digest },
    { ...repositoryOf(reference), digest },
  ];
}
