import type { Selection } from '../../archive/plan.ts';
import { landscapeOf } from '../../foundation/landscape.ts';
import type { SelectionGraph } from '../../foundation/selection-graph.ts';
import { resolveNames } from '../../foundation/selection-names.ts';
import type { SelectionTree } from '../../foundation/selection-tree.ts';
import { oneLine } from '../../progress/format.ts';
import type { Foundation, Scope } from '../../ui/wizard/port.ts';

/** A foundation as a wizard shows it, with what the flags choose already and what they filter out. */
export function foundationOf(tree: SelectionTree, graph: SelectionGraph, selection: Selection): Foundation {
  const withImages = selection.images !== false;
  return {
    branches: tree.branches(),
    shared: tree.shared,
    initial: initialScope(graph, selection),
    effect: scope => {
      const { objects, images, bytes, brought, leftOut } = tree.effect(chosenIn(scope, selection));
      return {
        objects,
        images: withImages ? images : 0,
        bytes: withImages ? bytes : 0,
        brought: brought.map(({ id, name }) => oneLine(`${id.kind} ${name}`)),
        leftOut: leftOut.map(({ subject, usedBy }) => ({
          subject: oneLine(subject),
          usedBy: usedBy.map(oneLine),
        })),
      };
    },
  };
}

function chosenIn(scope: Scope, selection: Selection): Parameters<SelectionTree['effect']>[0] {
  const {
    orgs: _orgs,
    spaces: _spaces,
    apps: _apps,
    installation: _,
    images: _images,
    ...filters
  } = selection;
  if (!scope.all) return { scope, filters };
  return { scope: undefined, filters: { ...filters, ...(!scope.installation && { installation: false }) } };
}

/** What the flags choose already. */
function initialScope(graph: SelectionGraph, selection: Selection): Scope {
  const { orgs, spaces, apps, installation } = selection;
  const names = [orgs, spaces, apps].some(given => given !== undefined);
  if (!names && installation !== true) return { all: true, installation: installation !== false };
  return { all: false, ...resolveNames(selection, landscapeOf(graph)), installation: installation === true };
}
