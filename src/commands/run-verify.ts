import type { Contents } from '../archive/head.ts';
import { ARCHIVE_MEDIA } from '../archive/plan.ts';
import { openArchive } from '../archive/reader.ts';
import { readObjects } from '../archive/resources.ts';
import type { SecretOpener } from '../archive/secrets.ts';
import { verifyArchive } from '../archive/verify.ts';
import { idOf, showId } from '../base/object.ts';
import { descriptorOf } from '../foundation/catalog.ts';
import { imagesOf } from '../foundation/images.ts';
import { ROUTES } from '../progress/phases.ts';
import type { VerifyResult } from '../progress/results.ts';
import { archiveFrom, nameOf } from './media.ts';
import { runShown } from './run.ts';
import { hasKey, openOpener } from './secrets.ts';
import { readAllowedSigners } from './signing.ts';

type VerifyFlags = Parameters<typeof openOpener>[1] &
  Parameters<typeof readAllowedSigners>[0] & { readonly progress: string; readonly quiet: boolean };

/** Reads a whole archive and checks it against itself, and its images against what its resources name. */
export async function runVerify(files: readonly string[], flags: VerifyFlags): Promise<VerifyResult> {
  const file = nameOf(files);
  const { from, ...ask } = archiveFrom(files);
  const signers = await readAllowedSigners(flags);
  const { value, seconds } = await runShown(ROUTES.verify, flags, async ({ report, signal }) => {
    report({ type: 'phase', phase: 'verify' });
    let total: number | undefined;
    const onRead = (bytes: number) => {
      signal.throwIfAborted();
      if (total !== undefined) report({ type: 'blob-progress', digest: file, bytes });
    };
    const archive = await openArchive(from, { onRead, ...ask, signers });
    try {
      const { plan, totalBytes } = archive.head;
      const images = plan.images.filter(({ attachedTo }) => attachedTo === undefined);
      total = totalBytes;
      report({ type: 'planned', bytes: total, blobs: 1, objects: 0, images: images.length, waves: 0 });
      report({ type: 'blob-started', digest: file, bytes: total, for: file });
      const opener = hasKey(flags) ? await openOpener(archive.head, flags) : undefined;
      const { head, seal, signature } = await verifyArchive(archive);
      report({ type: 'blob-done', digest: file, bytes: total, how: 'moved' });
      const { objects, missing } = await checkResources(head, opener);
      report({ type: 'phase', phase: 'finish' });
      return {
        file,
        bytes: total,
        createdAt: plan.createdAt,
        entries: seal.entries,
        objects,
        images: { count: images.length, layers: plan.layers.length },
        ...(signature && { signature }),
        missing,
        drift: seal.drift,
        losses: [...plan.losses, ...seal.losses],
      };
    } finally {
      await archive.close();
    }
  });
  return { ...value, seconds };
}

/**
 * Every object is read, and every image that one names must be inside, listed as lost by the export, or have been left
 * out with all others.
 */
async function checkResources(head: Contents, opener: SecretOpener | undefined) {
  const { resources, images, losses, selection, redacted } = head.plan;
  const known = new Set([
    ...images.map(({ reference }) => reference),
    ...losses.map(({ subject }) => subject),
  ]);
  const missing = new Map<string, string[]>();
  let objects = 0;
  for (const blob of resources) {
    objects += blob.objects;
    const descriptor = descriptorOf(blob.group, blob.kind);
    const sealed = blob.mediaType === ARCHIVE_MEDIA.sealedResources && opener === undefined;
    if (descriptor === undefined || sealed) continue;
    for await (const object of readObjects(head, blob, opener)) {
      for (const { text } of imagesOf(descriptor, object)) {
        if (!known.has(text) && selection?.images !== false && !redacted)
          missing.set(text, [...(missing.get(text) ?? []), showId(idOf(object))]);
      }
    }
  }
  return { objects, missing: [...missing].map(([reference, usedBy]) => ({ reference, usedBy })) };
}
