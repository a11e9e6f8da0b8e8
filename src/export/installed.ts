import { type Digest, isDigest } from '../base/digest.ts';
import type { KubeObject } from '../base/object.ts';
import type { KindDescriptor } from '../foundation/descriptor.ts';
import { imagesOf } from '../foundation/images.ts';
import { texts } from '../foundation/path.ts';

/**
 * Which images of package repositories are installed: what the Apps fetch that PackageInstalls made, and the Packages
 * of the versions that PackageInstalls run, for those whose App is not there (yet).
 */
export class InstalledPackages {
  readonly #fetched = new Set<Digest>();
  readonly #running = new Set<string>();
  readonly #packages = new Map<string, readonly Digest[]>();

  /** Every object is shown to this once, kept or not. */
  see(descriptor: KindDescriptor, object: KubeObject): void {
    if (object.kind === 'App') for (const digest of digestsOf(descriptor, object)) this.#fetched.add(digest);
    if (object.kind === 'Package') this.#packages.set(object.metadata.name, digestsOf(descriptor, object));
    if (object.kind !== 'PackageInstall') return;
    const [name] = texts(object, 'spec.packageRef.refName');
    // A Package is named so by kapp-controller's own rule.
    for (const version of texts(object, 'status.version')) this.#running.add(`${name}.${version}`);
  }

  /** Complete when every object has been seen. */
  digests(): ReadonlySet<Digest> {
    const packages = [...this.#running].flatMap(name => this.#packages.get(name) ?? []);
    return new Set([...this.#fetched, ...packages]);
  }
}

function digestsOf(descriptor: KindDescriptor, object: KubeObject): Digest[] {
  return imagesOf(descriptor, object)
    .map(({ text, digest }) => digest ?? text.slice(text.indexOf('@') + 1))
    .filter(isDigest);
}
