import { mapLimit } from '../../base/concurrency.ts';
import { isDigest } from '../../base/digest.ts';
import { Failure } from '../../base/errors.ts';
import type { Finding } from '../../base/findings.ts';
import { RESOLVES_IN_FLIGHT } from '../../base/limits.ts';
import { showRepository } from '../../registry/reference.ts';
import type { Registries } from '../../registry/registry.ts';
import type { Placement, Placements } from '../images/placement.ts';

/**
 * Package repositories that will offer what nobody can install: packages that the export left out since they were not
 * installed, and that the target's registry does not have from elsewhere.
 */
export async function packagesLeftOut(
  { placed }: Placements,
  registries: Pick<Registries, 'hasManifest'>,
  signal?: AbortSignal,
): Promise<Finding[]> {
  const repositories = placed.filter(({ image }) => (image.bundle?.leftOut ?? []).length > 0);
  const findings: Finding[] = [];
  for (const { image, target } of repositories) {
    const leftOut = image.bundle?.leftOut ?? [];
    const there = await mapLimit(leftOut, RESOLVES_IN_FLIGHT, locked => isThere(locked, target));
    const gone = leftOut.filter((_, index) => !there[index]);
    const [first] = gone;
    if (first === undefined) continue;
    const repository = showRepository(target);
    const which = gone.length === 1 ? first : `${first} and ${gone.length - 1} more`;
    findings.push({
      code: 'package-left-out',
      severity: 'warn',
      subject: repository,
      text: `the packages of ${repository} that were not installed are offered and cannot be installed, since the export left them out: ${which}; put one there first with imgpkg copy`,
    });
  }
  return findings;

  /** A registry that cannot be asked is another check's finding. */
  async function isThere(locked: string, target: Placement['target']): Promise<boolean> {
    const digest = locked.slice(locked.indexOf('@') + 1);
    if (!isDigest(digest)) return false;
    return registries.hasManifest({ ...target, digest }, signal).then(
      found => found !== undefined,
      error => {
        if (error instanceof Failure) return false;
        throw error;
      },
    );
  }
}
