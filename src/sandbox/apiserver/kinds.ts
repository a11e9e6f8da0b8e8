import { BUILTIN } from './builtin.ts';
import { type Kind, resourceName } from './kind.ts';

/** The kinds that are served now: the built-in ones, and those of established definitions. */
export class Kinds {
  readonly #kinds = new Map<string, Kind>(BUILTIN.map(kind => [resourceName(kind), kind]));

  all(): Kind[] {
    return [...this.#kinds.values()];
  }

  /** By the parts of a URL. */
  find(group: string, version: string, plural: string): Kind | undefined {
    const kind = this.#kinds.get(resourceName({ group, plural }));
    return kind?.versions.some(({ name, served }) => served && name === version) ? kind : undefined;
  }

  /** By what an owner reference says. */
  ofKind(group: string, name: string): Kind | undefined {
    return this.all().find(kind => kind.group === group && kind.kind === name);
  }

  /** A definition's kind, new or changed. */
  put(kind: Kind): void {
    this.#kinds.set(resourceName(kind), kind);
  }

  remove(kind: Kind): void {
    this.#kinds.delete(resourceName(kind));
  }
}
