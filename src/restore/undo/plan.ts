import type { Loss } from '../../base/losses.ts';
import { keyOf, showId } from '../../base/object.ts';
import { comesAfter } from '../../foundation/kind-order.ts';
import { INSTALLERS, RBAC } from '../../foundation/kinds/common.ts';
import { looseKeyOf, NAMESPACE_RULE, type Reference } from '../../foundation/references.ts';
import { planWaves } from '../../foundation/waves.ts';
import type { Newcomer, Remaining, Survey } from './survey.ts';

/** What an undo deletes, and what it leaves. */
export interface UndoPlan {
  /** What is deleted, in groups that may go side by side, one after the other. */
  readonly groups: readonly (readonly Remaining[])[];
  /** What stays, and why. */
  readonly kept: readonly Loss[];
}

/**
 * What of a restore can be taken back, in the order in which its controllers can bear it.
 *
 *     kept      what something needs that came after the restore, directly or through others (a space with a new app
 *               in it, its org, the package that installed Korifi), and what belongs to somebody else by now
 *     groups    the waves of a restore of what is there, backwards; what its owner's controller would make again
 *               comes after the owner
 */
export function planUndo({ remaining, newcomers }: Survey): UndoPlan {
  const needed = new Needs(remaining).of(newcomers);
  const kept = remaining.flatMap((one): Loss[] => {
    const reason = one.handedOver ?? needed.get(keyOf(one.id));
    return reason === undefined ? [] : [{ kind: 'object-kept', subject: showId(one.id), reason }];
  });
  const removed = remaining.filter(
    ({ id, handedOver }) => handedOver === undefined && !needed.has(keyOf(id)),
  );
  return { groups: groupsOf(removed), kept };
}

/**
 * What of a restore has to stay for something else. Needing goes from an object to what it names, to what makes that work
 * (the bindings of a service account, the roles in a namespace), and from what an installation brought to the whole of
 * the installation.
 */
export class Needs {
  readonly #byKey = new Map<string, Remaining>();
  readonly #helpers: ReadonlyMap<string, readonly Remaining[]>;
  readonly #installation: readonly Remaining[];

  constructor(remaining: readonly Remaining[]) {
    for (const one of remaining) {
      this.#byKey.set(keyOf(one.id), one);
      this.#byKey.set(looseKeyOf(one.id), one);
    }
    this.#helpers = Map.groupBy(remaining.filter(isHelper), one => helped(this.#byKey, one));
    this.#installation = remaining.some(isInstaller)
      ? remaining.filter(one => isOfInstallation(this.#byKey, one))
      : [];
  }

  /** By key, which of the objects needs it, in words. */
  of(objects: readonly Newcomer[]): Map<string, string> {
    const needed = new Map<string, string>();
    const open = objects.map(one => [one, `${showId(one.id)} needs it`] as [Newcomer, string]);
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [of, why] = next;
      const named = of.references.flatMap(reference => targetIn(this.#byKey, reference) ?? []);
      const helping = this.#helpers.get(keyOf(of.id)) ?? [];
      for (const one of [...named, ...helping, ...(isInstalled(of) ? this.#installation : [])]) {
        if (needed.has(keyOf(one.id))) continue;
        needed.set(keyOf(one.id), why);
        open.push([one, why]);
      }
    }
    return needed;
  }
}

/** Whether it is there so that another object works: a role's binding. */
function isHelper({ references, id }: Remaining): boolean {
  return id.group === RBAC || references.some(({ rule }) => rule.pulls);
}

/** The key of what a helper helps: what it pulls, or the namespace in which it gives roles. */
function helped(byKey: ReadonlyMap<string, Remaining>, { references }: Remaining): string {
  const pulled = references.filter(({ rule }) => rule.pulls).map(reference => targetIn(byKey, reference));
  const home = references
    .filter(({ rule }) => rule === NAMESPACE_RULE)
    .map(reference => targetIn(byKey, reference));
  const [target] = [...pulled, ...home].filter(found => found !== undefined);
  return target === undefined ? '' : keyOf(target.id);
}

function isInstaller({ id }: Newcomer): boolean {
  return INSTALLERS.some(({ group, kind }) => id.group === group && id.kind === kind);
}

/** Whether it is of a kind that comes with packages. */
function isInstalled({ descriptor }: Newcomer): boolean {
  return INSTALLERS.some(installer => comesAfter(descriptor, installer));
}

/** Packages, and what lies outside of the namespaces that an installed Korifi made. */
function isOfInstallation(byKey: ReadonlyMap<string, Remaining>, one: Remaining): boolean {
  const home = one.references
    .filter(({ rule }) => rule === NAMESPACE_RULE)
    .map(reference => targetIn(byKey, reference))
    .find(found => found !== undefined);
  return !isInstalled(one) && (home === undefined || home.id.kind === 'Namespace');
}

function targetIn(byKey: ReadonlyMap<string, Remaining>, { targets }: Reference): Remaining | undefined {
  return targets.map(target => byKey.get(keyOf(target))).find(found => found !== undefined);
}

function groupsOf(removed: readonly Remaining[]): Remaining[][] {
  const byKey = new Map(removed.map(one => [keyOf(one.id), one]));
  const waves = planWaves(removed.map(({ id, descriptor, references }) => ({ id, descriptor, references })));
  const groups = waves
    .map(({ nodes }) => [...nodes].filter(({ step }) => step === 'create'))
    .map(nodes => nodes.flatMap(({ id }) => byKey.get(keyOf(id)) ?? []))
    .reverse();
  const late = removed.filter(({ descriptor }) => descriptor.undo?.afterOwner);
  const owners = new Set(late.flatMap(({ descriptor }) => descriptor.relinkOwners ?? []));
  const at = groups.findLastIndex(group => group.some(({ id }) => owners.has(id.kind)));
  const others = groups.map(group => group.filter(({ descriptor }) => !descriptor.undo?.afterOwner));
  return [...others.slice(0, at + 1), late, ...others.slice(at + 1)].filter(group => group.length > 0);
}
