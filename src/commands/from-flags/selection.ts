import type { Selection } from '../../archive/plan.ts';
import { kindKey } from '../../foundation/catalog.ts';
import { kindsNamed } from '../../foundation/kind-names.ts';
import { parseLabelSelector } from '../../foundation/label-selector.ts';

/** The flags that choose a part. */
export interface SelectionFlagValues {
  readonly org?: string[] | undefined;
  readonly space?: string[] | undefined;
  readonly app?: string[] | undefined;
  readonly namespace?: string[] | undefined;
  readonly selector?: string | undefined;
  readonly include?: string[] | undefined;
  readonly exclude?: string[] | undefined;
  readonly installation?: boolean | undefined;
  readonly images?: boolean | undefined;
  readonly droplets?: string | undefined;
  readonly history?: boolean | undefined;
}

/**
 * The selection that flags state; undefined when they leave nothing out.
 * @throws Failure `usage` for a kind that there is not, or what is no label selector.
 */
export function readSelection(flags: SelectionFlagValues): Selection | undefined {
  if (flags.selector !== undefined) parseLabelSelector(flags.selector);
  const isCurrent = flags.droplets === 'current';
  const selection: Selection = {
    ...(flags.org && { orgs: flags.org }),
    ...(flags.space && { spaces: flags.space }),
    ...(flags.app && { apps: flags.app }),
    ...(flags.namespace && { namespaces: flags.namespace }),
    ...(flags.selector !== undefined && { labels: flags.selector }),
    ...(flags.include && { include: flags.include.flatMap(kindKeys) }),
    ...(flags.exclude && { exclude: flags.exclude.flatMap(kindKeys) }),
    ...(flags.installation !== undefined && { installation: flags.installation }),
    ...(flags.images === false && { images: false }),
    ...(isCurrent && { droplets: 'current' }),
    ...(!(flags.history ?? !isCurrent) && { history: false }),
  };
  return Object.keys(selection).length === 0 ? undefined : selection;
}

function kindKeys(name: string): string[] {
  return kindsNamed(name).map(kindKey);
}
