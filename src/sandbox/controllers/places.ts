import type { KubeObject } from '../../base/object.ts';

/** Objects of one kind, by namespace and name. */
export class Places {
  readonly #namespaces = new Map<string, Map<string, KubeObject>>();

  constructor(objects: readonly KubeObject[]) {
    for (const object of objects) this.put(object);
  }

  all(): KubeObject[] {
    return [...this.#namespaces.values()].flatMap(names => [...names.values()]);
  }

  in(namespace = ''): KubeObject[] {
    return [...(this.#namespaces.get(namespace)?.values() ?? [])];
  }

  find(namespace = '', name: string): KubeObject | undefined {
    return this.#namespaces.get(namespace)?.get(name);
  }

  put(object: KubeObject): void {
    const { namespace = '', name } = object.metadata;
    const names = this.#namespaces.get(namespace) ?? new Map<string, KubeObject>();
    this.#namespaces.set(namespace, names.set(name, object));
  }

  remove({ metadata }: KubeObject): void {
    this.#namespaces.get(metadata.namespace ?? '')?.delete(metadata.name);
  }
}
