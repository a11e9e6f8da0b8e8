import type { ApiResource, ApiSurface } from './cluster.ts';

/** What discovery has found so far. */
export class Surface implements ApiSurface {
  readonly broken = new Map<string, string>();
  readonly #resources = new Map<string, ApiResource>();

  add(resource: ApiResource): void {
    const key = keyOf(resource.group, resource.version, resource.kind);
    // Some kinds have several resources (pods and their bindings, say): the first is the kind's own.
    if (!this.#resources.has(key)) this.#resources.set(key, resource);
  }

  find(group: string, kind: string, versions: readonly string[]): ApiResource | undefined {
    for (const version of versions) {
      const resource = this.#resources.get(keyOf(group, version, kind));
      if (resource !== undefined) return resource;
    }
    return undefined;
  }

  silence(group: string, versions: readonly string[]): string | undefined {
    const names = versions.map(version => (group === '' ? version : `${group}/${version}`));
    return names.map(name => this.broken.get(name)).find(reason => reason !== undefined);
  }
}

function keyOf(group: string, version: string, kind: string): string {
  return `${group}/${version}/${kind}`;
}
