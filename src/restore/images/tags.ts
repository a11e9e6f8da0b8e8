import { mapLimit } from '../../base/concurrency.ts';
import { Failure } from '../../base/errors.ts';
import { RESOLVES_IN_FLIGHT } from '../../base/limits.ts';
import type { Report } from '../../progress/events.ts';
import { type Repository, showReference } from '../../registry/reference.ts';
import type { Manifest, Registries } from '../../registry/registry.ts';
import type { Placement } from './placement.ts';

/**
 * What becomes of a tag that is on the target and names another image. Overwriting is what pushing does everywhere,
 * and what makes the target's registry say what the source's said.
 */
export const EXISTING_TAGS = ['overwrite', 'keep', 'fail'] as const;
/** One of {@link EXISTING_TAGS}. */
export type ExistingTags = (typeof EXISTING_TAGS)[number];

/** How tags are set. */
export interface TagOptions {
  readonly registries: Registries;
  /** `overwrite` otherwise. */
  readonly existingTags?: ExistingTags;
  readonly report: Report;
  readonly signal?: AbortSignal;
}

/**
 * Sets a tag on a manifest that is there by its digest. A tag that names it already is right, even where the
 * registry does not let tags be set again.
 */
export async function setTag(
  repository: Repository,
  manifest: Manifest,
  tag: string,
  { registries, existingTags = 'overwrite', report, signal }: TagOptions,
): Promise<void> {
  const { digest } = manifest.descriptor;
  const reference = { ...repository, tag };
  if (existingTags !== 'overwrite') {
    const existing = await registries.hasManifest(reference, signal);
    if (existing === digest) return;
    if (existing !== undefined && existingTags === 'fail')
      throw new Failure('refused', ...conflict(reference));
    if (existing !== undefined) {
      report({ type: 'note', text: `${showReference(reference)} names another image, and is left so` });
      return;
    }
  }
  try {
    await registries.pushManifest(repository, manifest, tag, signal);
  } catch (error) {
    if (!isRefusal(error) || (await registries.hasManifest(reference, signal)) !== digest) {
      throw existingTags === 'overwrite' ? aboutTag(error) : error;
    }
  }
}

/** Tags of these images that name other images on the target. */
export async function conflictingTags(
  placements: readonly Placement[],
  registries: Registries,
  signal?: AbortSignal,
): Promise<string[]> {
  const tags = placements.flatMap(({ image, target, tags }) =>
    tags.map(tag => ({ reference: { ...target, tag }, digest: image.digest })),
  );
  const conflicts = await mapLimit(tags, RESOLVES_IN_FLIGHT, async ({ reference, digest }) => {
    const existing = await registries.hasManifest(reference, signal);
    return existing === undefined || existing === digest ? [] : [showReference(reference)];
  });
  return conflicts.flat();
}

function conflict(reference: Repository & { tag: string }): [string, { subject: string; hints: string[] }] {
  const hints = ['pass --on-existing-tag overwrite to move the tag, or keep to leave it'];
  return [
    'the tag is on the target already and names another image',
    { subject: showReference(reference), hints },
  ];
}

function isRefusal(error: unknown): error is Failure {
  return error instanceof Failure && ['registry-error', 'registry-unauthorized'].includes(error.code);
}

/** What a registry says of tags that cannot be moved: there is no code for it. */
const IMMUTABLE = /immutab|already exists|cannot be overwritten|tag.*(?:exist|lock)/i;

function aboutTag(error: unknown): unknown {
  if (!isRefusal(error) || !IMMUTABLE.test(error.message)) return error;
  return new Failure(error.code, error.message, {
    ...(error.subject !== undefined && { subject: error.subject }),
    hints: ['the tag cannot be moved: pass --on-existing-tag keep to leave it where it is'],
    cause: error,
  });
}
