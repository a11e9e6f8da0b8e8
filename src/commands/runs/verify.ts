import { leftBy } from '../../archive/base.ts';
import type { Contents } from '../../archive/head.ts';
import { openSource, readArchive } from '../../archive/open-archive.ts';
import { ARCHIVE_MEDIA } from '../../archive/plan.ts';
import type { ArchiveReader } from '../../archive/reader.ts';
import { readObjects } from '../../archive/resources.ts';
import type { SecretOpener } from '../../archive/secrets.ts';
import { verifyArchive } from '../../archive/verify.ts';
import { idOf, showId } from '../../base/object.ts';
import { descriptorOf } from '../../foundation/catalog.ts';
import { imagesOf } from '../../foundation/images.ts';
import type { Report } from '../../progress/events.ts';
import { ROUTES } from '../../progress/phases.ts';
import type { LayoutResult, VerifyResult } from '../../progress/results/archive.ts';
import { type BaseFlagValues, giveBases } from '../from-flags/base-archives.ts';
import { archiveFrom, nameOf } from '../from-flags/media.ts';
import { hasKey, openOpener } from '../from-flags/secrets.ts';
import { readAllowedSigners } from '../from-flags/signing.ts';
import { readLayoutOf } from './layout.ts';
import type { Reporting } from './reporting.ts';
import { runShown } from './run.ts';

type VerifyFlags = Parameters<typeof openOpener>[1] &
  BaseFlagValues &
  Parameters<typeof readAllowedSigners>[0] & { readonly progress: string; readonly quiet: boolean };

/**
 * Reads a whole archive and checks it against itself, and its images against what its resources name; or an image layout
 * that another program made.
 */
export async function runVerify(
  files: readonly string[],
  flags: VerifyFlags,
  reporting?: Reporting,
): Promise<VerifyResult | LayoutResult> {
  const file = nameOf(files);
  const { from, ...ask } = archiveFrom(files);
  const signers = await readAllowedSigners(flags);
  const { value, seconds } = await runShown<Omit<VerifyResult, 'seconds'> | LayoutResult>(
    ROUTES.verify,
    { ...flags, recorder: reporting?.recorder },
    async ({ report, signal }) => {
      report({ type: 'phase', phase: 'verify' });
      const passing = passed(file, report, signal);
      const source = await openSource(from, { onRead: passing.here, ...ask, signal });
      const layout = await readLayoutOf(source, file, 'all', signers, bytes => {
        if (bytes !== undefined) passing.begin(bytes, 0);
      });
      if (layout !== undefined) return layout;
      const archive = await readArchive(source, { signers, resourcesAside: true });
      try {
        reporting?.holds(archive.head);
        return await verify(archive, file, flags, passing, report);
      } finally {
        await reporting?.readAhead();
        await archive.close();
      }
    },
  );
  return 'holds' in value ? value : { ...value, seconds };
}

type Passing = ReturnType<typeof passed>;

/** Tells how much has been read, here and of bases, once it is known how much there is. */
function passed(file: string, report: Report, signal: AbortSignal) {
  let total: number | undefined;
  const read = { here: 0, inBases: 0 };
  const tell = () => {
    signal.throwIfAborted();
    if (total === undefined) return;
    report({ type: 'blob-progress', digest: file, bytes: read.here + read.inBases });
  };
  return {
    begin(bytes: number, images: number) {
      total = bytes;
      report({ type: 'planned', bytes, blobs: 1, objects: 0, images, waves: 0 });
      report({ type: 'blob-started', digest: file, bytes, for: file });
    },
    here(position: number) {
      read.here = position;
      tell();
    },
    inBase(more: number) {
      read.inBases += more;
      tell();
    },
    end: () => report({ type: 'blob-done', digest: file, bytes: total ?? 0, how: 'moved' }),
  };
}

async function verify(
  archive: ArchiveReader,
  file: string,
  flags: VerifyFlags,
  passing: Passing,
  report: Report,
): Promise<Omit<VerifyResult, 'seconds'>> {
  const { plan, totalBytes } = archive.head;
  const images = plan.images.filter(({ attachedTo }) => attachedTo === undefined);
  const { base: given, gap } = await giveBases(archive, file, flags);
  if (gap !== undefined && given.length > 0) throw gap;
  const left = leftBy(plan);
  passing.begin(totalBytes + (gap === undefined ? (left?.bytes ?? 0) : 0), images.length);
  const opener = hasKey(flags) ? await openOpener(archive.head, flags) : undefined;
  const { head, seal, signature } = await verifyArchive(archive, passing.inBase);
  passing.end();
  const { objects, missing } = await checkResources(head, opener);
  report({ type: 'phase', phase: 'finish' });
  const files = archive.bases.filesFor(head);
  return {
    file,
    bytes: totalBytes,
    createdAt: plan.createdAt,
    entries: seal.entries,
    objects,
    images: { count: images.length, layers: plan.layers.length },
    ...(signature && { signature }),
    ...(left && { base: { ...left, files, unchecked: gap === undefined ? 0 : left.layers } }),
    missing,
    drift: seal.drift,
    losses: [...plan.losses, ...seal.losses],
  };
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
