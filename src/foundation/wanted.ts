import type { KubeObject, ObjectId } from '../base/object.ts';
import { descriptorOf } from './catalog.ts';
import { heldBack } from './classify.ts';
import type { FoundationFacts, KindDescriptor } from './descriptor.ts';
import { Names, nameAlone } from './names.ts';
import { referencesOf } from './references.ts';

/**
 * What the kept objects ask for: which further objects they refer to, in which namespaces they live. Kinds that
 * are shared with the rest of the cluster (Secrets, ServiceAccounts, roles …) are taken only as far as this goes.
 */
export class Wanted {
  readonly #asked = new Names();
  readonly #kept = new Names();
  readonly #namespaces = new Set<string>();
  readonly #facts: FoundationFacts;

  constructor(facts: FoundationFacts) {
    this.#facts = facts;
  }

  /** Every kept object is shown to this once. */
  keep(descriptor: KindDescriptor, object: KubeObject, id: ObjectId): void {
    // What a restore leaves out needs no place.
    if (id.namespace !== undefined && heldBack(descriptor, object) === undefined)
      this.#namespaces.add(id.namespace);
    // Only what others may be kept for referring to is worth remembering one by one.
    if (descriptor.keep === 'referenced') this.#kept.numberOf(id);
    for (const { targets } of referencesOf(descriptor, object, this.#facts)) {
      for (const target of targets) if (isShared(target)) this.#asked.numberOf(target);
    }
  }

  /** Whether an object that is not kept for its own sake is asked for. */
  includes(descriptor: KindDescriptor, object: KubeObject, id: ObjectId): boolean {
    switch (descriptor.keep) {
      case 'referenced':
        return this.#isAsked(id) || this.#isAsked(nameAlone(id));
      case 'referring':
        return this.#refersToKept(descriptor, object);
      case 'holding':
        return this.#namespaces.has(id.name);
      default:
        return true;
    }
  }

  #isAsked(id: ObjectId): boolean {
    return this.#asked.find(id) !== undefined;
  }

  #refersToKept(descriptor: KindDescriptor, object: KubeObject): boolean {
    return referencesOf(descriptor, object, this.#facts).some(
      ({ rule, targets }) => rule.pulls && targets.some(target => this.#kept.find(target) !== undefined),
    );
  }
}

/** Whether objects of that kind are kept only where somebody refers to them: nobody asks for the others here. */
function isShared({ group, kind }: ObjectId): boolean {
  return descriptorOf(group, kind)?.keep === 'referenced';
}
