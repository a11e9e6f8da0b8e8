import type { ArchiveReader } from '../../archive/reader.ts';
import type { Finding } from '../../base/findings.ts';
import { layerTargets, type Placement } from '../images/placement.ts';

/**
 * Whether every layer that is wanted can be had: some are in the archive's base, and what is restored of it may do
 * without these.
 */
export function lackingBase(archive: ArchiveReader, placed: readonly Placement[]): Finding[] {
  const { head, bases } = archive;
  const targets = layerTargets(head, placed);
  const lacking = head.plan.layers.filter(layer => targets.has(layer.digest) && !archive.has(layer));
  const gap = lacking.length === 0 ? undefined : bases.gap({ file: 'this differential archive', head });
  if (gap === undefined) return [];
  return [{ code: 'base-missing', severity: 'refuse', text: gap.message, hint: gap.hints.join('; ') }];
}
