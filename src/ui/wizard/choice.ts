import type { Branch, Chosen, Effect, Scope } from './port.ts';

/** Everything that can be chosen, as one tree whose root is the whole. */
export interface Node {
  readonly kind: Branch['kind'] | 'everything';
  readonly guid: string;
  readonly name: string;
  readonly path: string;
  readonly objects: number;
  readonly bytes: number;
  readonly sharedBytes: number;
  readonly depth: number;
  readonly parent: Node | undefined;
  readonly children: readonly Node[];
  /** Name in lower case, for the filter. */
  readonly sought: string;
}

/** @param whole what everything comes to: its parts share layers, so that their sizes add up to more */
export function treeOf(
  branches: readonly Branch[],
  { objects, bytes }: Pick<Effect, 'objects' | 'bytes'>,
): Node {
  const whole = { kind: 'everything' as const, guid: '', name: 'everything', sharedBytes: 0 };
  return node({ ...whole, objects, bytes, children: branches }, undefined);
}

function node(branch: Omit<Branch, 'kind'> & { kind: Node['kind'] }, parent: Node | undefined): Node {
  const { kind, guid, name, objects, bytes, sharedBytes } = branch;
  const step = isPlain(name) ? name : guid;
  const path = parent === undefined || parent.kind === 'everything' ? step : `${parent.path}/${step}`;
  const depth = parent === undefined ? 0 : parent.depth + 1;
  const children: Node[] = [];
  const made = { kind, guid, name, path, objects, bytes, sharedBytes, depth, parent, children };
  const whole: Node = { ...made, sought: name.toLowerCase() };
  for (const child of branch.children) children.push(node(child, whole));
  return whole;
}

/** A name that would not be taken for a path or a pattern. */
function isPlain(name: string): boolean {
  return name !== '' && !/[*?/]/.test(name);
}

/** Which nodes are chosen as a whole; what is above one is not, and what is below one goes without saying. */
export type Choice = ReadonlySet<Node>;

/** Whether all, some or nothing of a node is chosen. */
export type Tick = 'all' | 'some' | 'none';

export function everything(root: Node): Choice {
  return new Set([root]);
}

/** The ticks of all nodes under a choice, asked for as they are shown. */
export function ticksOf(choice: Choice): (node: Node) => Tick {
  const partly = new Set<Node>();
  for (const chosen of choice) {
    for (let above = chosen.parent; above !== undefined; above = above.parent) partly.add(above);
  }
  return node => (covers(choice, node) ? 'all' : partly.has(node) ? 'some' : 'none');
}

/** Takes a node as a whole, or, where that is so already, leaves it out. */
export function toggle(choice: Choice, node: Node): Choice {
  return covers(choice, node) ? without(choice, node) : withAll(choice, node);
}

function covers(choice: Choice, node: Node): boolean {
  for (let at: Node | undefined = node; at !== undefined; at = at.parent) if (choice.has(at)) return true;
  return false;
}

/** What has all its parts is a whole. */
function withAll(choice: Choice, node: Node): Choice {
  const next = new Set([...choice].filter(chosen => !isBelow(chosen, node)));
  next.add(node);
  for (let above = node.parent; above !== undefined; above = above.parent) {
    if (!above.children.every(child => next.has(child))) break;
    for (const child of above.children) next.delete(child);
    next.add(above);
  }
  return next;
}

/** What was chosen above it falls apart into everything beside it. */
function without(choice: Choice, node: Node): Choice {
  const next = new Set(choice);
  for (let at = node; !next.delete(at) && at.parent !== undefined; at = at.parent) {
    for (const sibling of at.parent.children) if (sibling !== at) next.add(sibling);
  }
  return next;
}

function isBelow(node: Node, above: Node): boolean {
  for (let at: Node | undefined = node; at !== undefined; at = at.parent) if (at === above) return true;
  return false;
}

/** The choice that means this. */
export function choiceOf(scope: Scope, root: Node): Choice {
  if (scope.all && scope.installation) return everything(root);
  const isMeant = ({ kind, guid }: Node): boolean => {
    if (kind === 'everything') return false;
    if (kind === 'installation') return scope.installation;
    return scope.all ? kind === 'org' : scope[`${kind}s`].has(guid);
  };
  const choice = new Set<Node>();
  const visit = (node: Node): void => {
    if (isMeant(node)) choice.add(node);
    else node.children.forEach(visit);
  };
  visit(root);
  return choice;
}

/** What a choice means. All orgs are all but the installation. */
export function scopeOf(choice: Choice, root: Node): Scope {
  const nodes = [...choice];
  const guids = (kind: Node['kind']) =>
    new Set(nodes.filter(node => node.kind === kind).map(({ guid }) => guid));
  const installation = nodes.some(({ kind }) => kind === 'installation');
  if (choice.has(root)) return { all: true, installation: true };
  const orgs = root.children.filter(({ kind }) => kind === 'org');
  if (!installation && orgs.length > 0 && orgs.every(org => choice.has(org))) {
    return { all: true, installation: false };
  }
  return { all: false, orgs: guids('org'), spaces: guids('space'), apps: guids('app'), installation };
}

/** The same by names, as flags say it. */
export function chosenOf(choice: Choice, root: Node): Chosen {
  const scope = scopeOf(choice, root);
  const paths = (kind: Node['kind']) =>
    [...choice].filter(node => node.kind === kind).map(({ path }) => path);
  if (scope.all) return { ...NOTHING_SAID, ...(!scope.installation && { installation: false }) };
  const parts = { orgs: paths('org'), spaces: paths('space'), apps: paths('app') };
  return { ...NOTHING_SAID, ...parts, ...(scope.installation && { installation: true }) };
}

/** All that there is. */
export const NOTHING_SAID: Chosen = { orgs: [], spaces: [], apps: [], installation: undefined };

/** The nodes that are shown: those of open branches, or those that the filter finds with what is above them. */
export function rowsOf(root: Node, open: ReadonlySet<Node>, filter: string): Node[] {
  const rows: Node[] = [];
  if (filter === '') {
    const show = (node: Node) => {
      rows.push(node);
      if (open.has(node)) node.children.forEach(show);
    };
    show(root);
    return rows;
  }
  const sought = filter.toLowerCase();
  const find = (node: Node): boolean => {
    const at = rows.push(node) - 1;
    const below = node.children.map(find).some(found => found);
    if (below || node.sought.includes(sought)) return true;
    rows.length = at;
    return false;
  };
  find(root);
  return rows;
}
