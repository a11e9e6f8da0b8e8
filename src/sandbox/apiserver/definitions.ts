import type { KubeObject } from '../../base/object.ts';
import type { Background } from './background.ts';
import { DEFINITION } from './builtin.ts';
import { collectionOf } from './collection.ts';
import type { Kind } from './kind.ts';
import type { Kinds } from './kinds.ts';
import { now } from './metadata.ts';
import type { Objects } from './objects.ts';
import type { Change } from './storage.ts';
import { DEFINITION_FINALIZER } from './strategies.ts';

const COLLECTION = { kind: DEFINITION, version: 'v1', namespace: undefined };

/** Makes the kinds of CustomResourceDefinitions served, and deletes their objects with them. */
export class Definitions {
  readonly #objects: Objects;
  readonly #kinds: Kinds;
  readonly #background: Background;

  constructor(objects: Objects, kinds: Kinds, background: Background) {
    this.#objects = objects;
    this.#kinds = kinds;
    this.#background = background;
    objects.storage.onChange(change => this.#note(change));
  }

  #note({ kind, type, object }: Change): void {
    if (kind !== DEFINITION) {
      if (type === 'DELETED' && kind.custom) this.#withdrawLater(`${kind.plural}.${kind.group}`);
      return;
    }
    const { name, deletionTimestamp } = object.metadata;
    if (type === 'DELETED') this.#kinds.remove(kindOf(object));
    else if (deletionTimestamp !== undefined) this.#withdrawLater(name);
    else this.#background.later(`establish ${name}`, () => this.#establish(name));
  }

  #withdrawLater(name: string): void {
    this.#background.later(`withdraw ${name}`, () => this.#withdraw(name));
  }

  async #establish(name: string): Promise<void> {
    const definition = this.#objects.storage.get(DEFINITION, undefined, name);
    if (definition === undefined || definition.metadata.deletionTimestamp !== undefined) return;
    this.#kinds.put(kindOf(definition));
    const status = establishedStatus(definition);
    await this.#objects.update(COLLECTION, name, live => ({ ...live, status }), { subresource: 'status' });
  }

  async #withdraw(name: string): Promise<void> {
    const definition = this.#objects.storage.get(DEFINITION, undefined, name);
    if (definition?.metadata.deletionTimestamp === undefined) return;
    const kind = kindOf(definition);
    const instances = this.#objects.storage.list(kind);
    for (const instance of instances) {
      if (instance.metadata.deletionTimestamp !== undefined) continue;
      await this.#objects.delete(collectionOf(kind, instance), instance.metadata.name, {
        propagation: 'Background',
      });
    }
    if (this.#objects.storage.list(kind).length > 0) return;
    await this.#objects.update(COLLECTION, name, live => ({
      ...live,
      metadata: {
        ...live.metadata,
        finalizers: live.metadata.finalizers?.filter(finalizer => finalizer !== DEFINITION_FINALIZER) ?? [],
      },
    }));
  }
}

function kindOf(definition: KubeObject): Kind {
  const { group, names, scope, versions } = definition.spec;
  return {
    group,
    kind: names.kind,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    namespaced: scope === 'Namespaced',
    versions: versions.map(
      (version: { name: string; served?: boolean; subresources?: { status?: object } }) => ({
        name: version.name,
        served: version.served !== false,
        status: version.subresources?.status !== undefined,
      }),
    ),
    generations: true,
    custom: true,
    required: versions[0]?.schema?.openAPIV3Schema?.properties?.spec?.required ?? [],
  };
}

/** Conditions keep their times, so that establishing what is established writes nothing. */
function establishedStatus(definition: KubeObject): object {
  const { names, versions } = definition.spec;
  const before: { type: string; status: string; lastTransitionTime: string }[] =
    definition.status?.conditions ?? [];
  const condition = (type: string, reason: string, message: string) => {
    const old = before.find(other => other.type === type && other.status === 'True');
    return { type, status: 'True', reason, message, lastTransitionTime: old?.lastTransitionTime ?? now() };
  };
  const stored = versions.filter((version: { storage?: boolean }) => version.storage === true);
  return {
    acceptedNames: {
      ...names,
      listKind: names.listKind ?? `${names.kind}List`,
      singular: names.singular ?? names.kind.toLowerCase(),
    },
    conditions: [
      condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
    ],
    storedVersions: stored.map(({ name }: { name: string }) => name),
  };
}
