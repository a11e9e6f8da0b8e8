import type { Loss } from '../base/losses.ts';

/** What to say of an image that was there a moment ago. */
export const CLEANED =
  'Korifi deletes the images of builds and packages that it retains no longer: run the export again';

/**
 * Says of missing images that they went while the export ran, where all that name them have changed or gone since they
 * were listed.
 *
 * @param changed objects that changed since, `Kind namespace/name`; asked for only when something is missing.
 */
export async function explainMissing(
  losses: readonly Loss[],
  changed: () => Promise<readonly string[]>,
): Promise<readonly Loss[]> {
  if (!losses.some(isMissing)) return losses;
  const since = new Set(await changed());
  return losses.map(loss => {
    const { usedBy = [], reason } = loss;
    if (!isMissing(loss) || usedBy.length === 0 || !usedBy.every(user => since.has(user))) return loss;
    return { ...loss, reason: `${reason}; what names it has changed since it was listed: ${CLEANED}` };
  });
}

function isMissing({ kind }: Loss): boolean {
  return kind === 'image-missing';
}
