import type { KubeObject } from '../../base/object.ts';
import { RBAC } from '../../foundation/kinds/common.ts';
import { texts, values } from '../../foundation/path.ts';
import { plural } from '../../progress/format.ts';
import type { PlaceCheck, Rule, TargetFacts } from '../../ui/wizard/port.ts';

const KINDS = { User: 'user', Group: 'group' } as const;
const ADMIN = 'korifi-controllers-admin';

interface Person {
  readonly what: 'user' | 'group';
  readonly name: string;
  /** Bindings that name it. */
  readonly roles: number;
  readonly isAdmin: boolean;
}

/** The kinds of bindings, as catalogs and APIs know them. */
export const BINDINGS = ['RoleBinding', 'ClusterRoleBinding'].map(kind => ({ group: RBAC, kind }));

/** The users and groups to whom bindings give something; Kubernetes' own are the same everywhere. */
export class People {
  readonly #rootNamespace: string | undefined;
  readonly #found = new Map<string, Person>();

  constructor(rootNamespace: string | undefined) {
    this.#rootNamespace = rootNamespace;
  }

  see(binding: KubeObject): void {
    const isOfRoot = binding.metadata.namespace === this.#rootNamespace;
    const gives = isOfRoot && texts(binding, 'roleRef.name')[0] === ADMIN;
    for (const subject of values(binding, 'subjects[]')) {
      const { kind, name } = (subject ?? {}) as Record<string, unknown>;
      const what = KINDS[kind as keyof typeof KINDS];
      if (what === undefined || typeof name !== 'string' || name.startsWith('system:')) continue;
      const before = this.#found.get(`${what} ${name}`);
      const isAdmin = gives || before?.isAdmin === true;
      this.#found.set(`${what} ${name}`, { what, name, roles: (before?.roles ?? 0) + 1, isAdmin });
    }
  }

  has(what: Rule['what'], name: string): boolean {
    return this.#found.has(`${what} ${name}`);
  }

  list(): Person[] {
    return [...this.#found.values()].sort(
      (a, b) => Number(b.isAdmin) - Number(a.isAdmin) || (a.name < b.name ? -1 : 1),
    );
  }

  /** Who administers all of CF, where that is one. */
  get admin(): Person | undefined {
    const [first, ...others] = this.list().filter(({ isAdmin }) => isAdmin);
    return others.length === 0 ? first : undefined;
  }
}

/**
 * A line for everybody who has roles at the source. An administrator of the source whom the target does not know is
 * suggested to be the target's own.
 *
 * @param given new names that the flags say; whoever stands in a file is not asked for
 */
export function peoplePlaces(
  source: People,
  target: People,
  given: readonly Rule[],
  inFiles: (what: Rule['what'], name: string) => boolean,
): TargetFacts['places'] {
  return source
    .list()
    .filter(({ what, name }) => !inFiles(what, name))
    .map(({ what, name, roles, isAdmin }) => {
      const said = given.find(rule => rule.what === what && rule.from === name)?.to;
      const own = target.admin?.what === what ? target.admin.name : undefined;
      const suggested = name === source.admin?.name && !target.has(what, name) ? own : undefined;
      const uses = `${plural(roles, 'role')}${isAdmin ? ', an administrator of CF' : ''}`;
      return { what, from: name, to: said ?? suggested ?? '', uses };
    });
}

/** Whether the target knows people by their names there, and whether two become one. */
export function checkPeople(
  places: TargetFacts['places'],
  rules: readonly Rule[],
  target: People,
): PlaceCheck[] {
  const named = places
    .filter(({ what }) => what === 'user' || what === 'group')
    .map(({ what, from }) => {
      const to = rules.find(rule => rule.what === what && rule.from === from)?.to ?? from;
      return { what, from, to };
    });
  const byName = Map.groupBy(named, ({ what, to }) => `${what} ${to}`);
  return named.map(({ what, from, to }): PlaceCheck => {
    const other = byName.get(`${what} ${to}`)?.find(one => one.from !== from);
    if (other !== undefined) {
      const text = `${from} and ${other.from} become one: ${to} gets the roles of both`;
      return { what, from, text, sort: 'doubtful' };
    }
    if (target.has(what, to)) return { what, from, text: `${to} has roles on the target`, sort: 'right' };
    const text = `no role on the target names ${to} yet`;
    return { what, from, text, sort: 'noted' };
  });
}
