import type { KorifiFacts, Plan } from '../archive/plan.ts';
import { idOf, type KubeObject, keyOf, showId } from '../base/object.ts';
import { authoritiesOf } from '../foundation/authorities.ts';
import { heldBack } from '../foundation/classify.ts';
import { type Crossing, isImpossible } from '../foundation/conversions/conversions.ts';
import type { KindDescriptor } from '../foundation/descriptor.ts';
import { CARVEL_CONFIG } from '../foundation/kinds/common.ts';
import { loginDocument } from '../foundation/login-document.ts';
import { referencesOf } from '../foundation/references.ts';
import { RestoreItems, type WaveItem } from '../foundation/restore-items.ts';
import { startValue } from '../foundation/start.ts';
import { rulesFor } from '../foundation/variants.ts';
import { type Wave, wavesOf } from '../foundation/waves.ts';
import { Scrutiny } from './checks/scrutiny.ts';
import { conditionsOf, firstTrue } from './conditions.ts';
import type { Domains } from './domains.ts';
import { History } from './retention.ts';
import type { Part } from './selection.ts';
import type { ObjectStore } from './store.ts';

/** What the archive's objects are and how they hang together, without the objects themselves. */
export interface Inventory {
  readonly objects: number;
  /** In which order they come back; what the order was made of is not kept. */
  readonly waves: readonly Wave[];
  readonly kinds: ReadonlyMap<KindDescriptor, number>;
  /** Keys of the Secrets and ConfigMaps that hold YAML values with registry names in them. */
  readonly valuesSecrets: ReadonlySet<string>;
  /** Keys of the Secrets that hold the credentials of user-provided services. */
  readonly serviceCredentials: ReadonlySet<string>;
  /** Objects that a restore leaves out, and why. */
  readonly heldBack: readonly { readonly subject: string; readonly reason: string }[];
  /** Builds and packages that the target's cleaners would delete at once, as `Kind namespace/name`. */
  readonly superfluous: ReadonlySet<string>;
  /** Registry logins (dockerconfigjson documents) that the archive holds. */
  readonly pullSecrets: readonly string[];
  /** Certificates (PEM) that kapp-controller trusted at the source. */
  readonly authorities: readonly string[];
  /** What the objects would do that somebody who does not trust the archive wants to know. */
  readonly scrutiny: Scrutiny;
}

/** What decides which objects come back. */
interface InventoryOptions {
  readonly plan: Plan;
  readonly crossing: Crossing;
  readonly domains: Domains;
  /** The target's. */
  readonly target: KorifiFacts | undefined;
  /** Whether apps that ran at the source are started at the end. */
  readonly start: boolean;
  readonly part: Part;
  /** Whether tasks that have ended come back. */
  readonly tasks: boolean;
}

/** Goes through all objects once. Secrets are decrypted on the way, so a wrong key shows before anything is written. */
export async function takeInventory(
  store: ObjectStore,
  { plan, crossing, domains, target, start, part, tasks }: InventoryOptions,
): Promise<Inventory> {
  const { korifi } = plan.source;
  const facts = korifi === undefined ? {} : { registrySecretNames: korifi.containerRegistrySecretNames };
  const items = new RestoreItems(store.names);
  const left: { subject: string; reason: string }[] = [];
  /** Numbers of identities. */
  const out = new Set<number>();
  const kinds = new Map<KindDescriptor, number>();
  const valuesSecrets = new Set<string>();
  const serviceCredentials = new Set<string>();
  const pullSecrets: string[] = [];
  const authorities: string[] = [];
  const scrutiny = new Scrutiny(plan);
  const history = new History(store.names);
  for await (const { descriptor: kind, object } of store.all()) {
    const descriptor = rulesFor(kind, object);
    if (!part.has(idOf(object)) || (descriptor.onDemand === 'tasks' && !tasks)) continue;
    const reason =
      heldBack(descriptor, object) ??
      undecided(descriptor, object) ??
      isImpossible(crossing, descriptor, object) ??
      domains.see(descriptor, object);
    if (reason !== undefined) {
      left.push({ subject: showId(idOf(object)), reason });
      authorities.push(...carvelAuthorities(object));
      out.add(store.names.numberOf(idOf(object)));
      continue;
    }
    scrutiny.see(descriptor, object);
    history.see(object);
    const references = referencesOf(descriptor, object, facts);
    items.add(itemOf(descriptor, object, references, start));
    kinds.set(descriptor, (kinds.get(descriptor) ?? 0) + 1);
    for (const { rule, targets } of references) {
      if (rule.rewriteTarget === 'values') for (const target of targets) valuesSecrets.add(keyOf(target));
      if (rule.holds !== undefined) for (const target of targets) serviceCredentials.add(keyOf(target));
    }
    const logins = loginDocument(object);
    if (logins !== undefined) pullSecrets.push(logins);
  }
  const superfluous = history.overLimit(target);
  const complete = items.without(useless(items, superfluous, out, left));
  return {
    objects: complete.length,
    waves: wavesOf(complete),
    kinds,
    valuesSecrets,
    serviceCredentials,
    heldBack: left,
    superfluous: new Set(Array.from(superfluous, number => showId(store.names.at(number)))),
    pullSecrets,
    authorities,
    scrutiny,
  };
}

function carvelAuthorities(object: KubeObject): string[] {
  return object.metadata.name === CARVEL_CONFIG ? authoritiesOf(object, new Set()).map(({ pem }) => pem) : [];
}

function itemOf(
  descriptor: KindDescriptor,
  object: KubeObject,
  references: WaveItem['references'],
  mayStart: boolean,
): WaveItem {
  const { start, status } = descriptor;
  const { creationTimestamp } = object.metadata;
  return {
    id: idOf(object),
    descriptor,
    references,
    startWanted:
      start !== undefined && (mayStart || !start.optional) && startValue(start, object) !== undefined,
    statusWanted: status !== undefined && object.status !== undefined,
    readyWanted: start !== undefined && firstTrue(object, start.ready) !== undefined,
    ...(creationTimestamp === undefined ? {} : { createdAt: creationTimestamp }),
  };
}

/** A build that was still running would be staged again, and nobody knows to what end; a service be provided again. */
function undecided({ status }: KindDescriptor, object: KubeObject): string | undefined {
  const { decidedBy, decidedAs = ['True', 'False'] } = status ?? {};
  if (decidedBy === undefined) return undefined;
  const decided = conditionsOf(object).some(
    ({ type, status: is }) => decidedBy.includes(type) && decidedAs.includes(is),
  );
  if (decided) return undefined;
  const wanted = decidedBy.join(' or ');
  const state = decidedAs.length > 1 ? `no ${wanted} yet` : `not ${wanted}`;
  return `it was still in progress when the backup was made (${state})`;
}

/**
 * What the target would delete at once, and what is of no use without something that is left out: it is left out with
 * it. By the numbers of their identities.
 */
function useless(
  items: RestoreItems,
  superfluous: ReadonlySet<number>,
  out: ReadonlySet<number>,
  left: { subject: string; reason: string }[],
): ReadonlySet<number> {
  const { names } = items.identities;
  const useless = new Set<number>();
  if (superfluous.size + out.size === 0) return useless;
  for (const { number, name } of items) {
    if (superfluous.has(name)) useless.add(name);
    else if (out.size > 0) {
      const together = items.references(number).filter(({ rule }) => rule.together);
      const lacks = together.flatMap(({ targets }) => targets).find(target => out.has(target));
      if (lacks === undefined) continue;
      useless.add(name);
      left.push({ subject: showId(names.at(name)), reason: `${names.at(lacks).name} is left out` });
    }
  }
  return useless;
}
