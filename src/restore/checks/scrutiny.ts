import type { Plan } from '../../archive/plan.ts';
import { Failure } from '../../base/errors.ts';
import type { Finding } from '../../base/findings.ts';
import { idOf, type KubeObject, showId } from '../../base/object.ts';
import type { KindDescriptor } from '../../foundation/descriptor.ts';
import type { ImageMap } from '../../foundation/image-map.ts';
import { imagesOf } from '../../foundation/images.ts';
import { texts } from '../../foundation/path.ts';
import { parseReference } from '../../registry/reference.ts';
import { type Excess, Grants, showGrant } from './grants.ts';

/** What can be asked for by name, `kind/name`, although an honest archive does not have it. */
const NAMED = ['ClusterRoleBinding', 'ClusterRole', 'Namespace', 'Host'];

/** Places from which controllers fetch what is not in a backup. */
const FETCHED = ['spec', 'spec.template.spec'].flatMap(spec =>
  ['[]', ''].flatMap(step => [
    `${spec}.fetch${step}.http.url`,
    `${spec}.fetch${step}.git.url`,
    `${spec}.fetch${step}.helmChart.repository.url`,
  ]),
);
/** Hosts in one finding. */
const HOSTS_NAMED = 5;

/** What was asked for by name, as `--allow` takes it. @throws Failure `usage`. */
export function parseAllowed(texts: readonly string[]): ReadonlySet<string> {
  return new Set(
    texts.map(text => {
      const [kind = '', ...name] = text.split('/');
      const known = NAMED.find(one => one.toLowerCase() === kind.toLowerCase());
      if (known !== undefined && name.join('') !== '') return `${known}/${name.join('/')}`;
      throw new Failure('usage', 'nothing can be allowed by this name', {
        subject: text,
        hints: [`pass KIND/NAME as the refusal states it; the kinds are ${NAMED.join(', ')}`],
      });
    }),
  );
}

/**
 * Looks at every object of an archive with the eyes of somebody who does not trust it: whoever restores may do
 * everything in the cluster, and whoever made the archive should not, only for having made it.
 *
 *     shown    every right in the whole cluster or in all of CF; what is installed with the target's own rights;
 *              hosts from which controllers will fetch something
 *     refused  rights in the whole cluster beyond those of a package's own service account; objects in namespaces of
 *              Kubernetes, or in ones that the archive does not account for; images that it does not account for
 *
 * What is refused can be asked for by name.
 */
export class Scrutiny {
  readonly grants: Grants;
  readonly #plan: Plan;
  readonly #images: ReadonlySet<string>;
  /** Namespaces that the archive brings along or has Korifi make. */
  readonly #homes = new Set<string>();
  /** By namespace, the first object in it. */
  readonly #inhabited = new Map<string, string>();
  /** Images that nothing in the archive accounts for, each with the first object that names it. */
  readonly #strangers = new Map<string, string>();
  readonly #fetched = new Map<string, string>();

  constructor(plan: Plan) {
    const root = plan.source.korifi?.rootNamespace;
    this.#plan = plan;
    this.grants = new Grants(root);
    this.#images = new Set([
      ...plan.images.map(({ reference }) => reference),
      ...plan.losses.map(({ subject }) => subject),
    ]);
    if (root !== undefined) this.#homes.add(root);
  }

  see(descriptor: KindDescriptor, object: KubeObject): void {
    const { name, namespace } = object.metadata;
    this.grants.see(descriptor, object);
    if (['Namespace', 'CFOrg', 'CFSpace'].includes(descriptor.kind)) this.#homes.add(name);
    const id = showId(idOf(object));
    if (namespace !== undefined) note(this.#inhabited, namespace, id);
    // Kubernetes' namespaces are the target's own; their labels decide what may run there.
    if (descriptor.kind === 'Namespace') note(this.#inhabited, name, id);
    for (const { text } of imagesOf(descriptor, object)) {
      if (!this.#images.has(text)) note(this.#strangers, text, id);
    }
    for (const path of FETCHED) {
      for (const url of texts(object, path)) {
        // A chart by oci:// is an image, and with the images.
        if (!url.startsWith('oci://')) note(this.#fetched, hostOf(url), id);
      }
    }
  }

  /** Whether controllers will fetch something that is no image. */
  fetchesElsewhere(): boolean {
    return this.#fetched.size > 0;
  }

  findings(images: ImageMap, allowed: ReadonlySet<string>): Finding[] {
    const refused = [...this.grants.excess(), ...this.#strangeNamespaces(), ...this.#strangeImages(images)];
    return [
      ...this.grants.list().map(grant => warning('grants-rights', showGrant(grant))),
      ...this.grants.borrowed().map(text => warning('borrows-rights', text)),
      ...this.#hosts().map(text => warning('fetches-elsewhere', text)),
      ...refused.map(({ code, name, text }): Finding => {
        if (allowed.has(name)) return { ...warning(code, text), subject: name };
        const hint = `pass --allow ${name} to restore it all the same`;
        return { code, severity: 'refuse', subject: name, text, hint };
      }),
    ];
  }

  #strangeNamespaces(): Excess[] {
    // Whoever could not list namespaces could not export them.
    const unknown = this.#plan.losses.some(({ subject }) => /^Namespace\b/.test(subject));
    return [...this.#inhabited].flatMap(([namespace, id]): Excess[] => {
      const name = `Namespace/${namespace}`;
      const code = 'untrusted-namespace';
      if (namespace.startsWith('kube-'))
        return [{ code, name, text: `${id} would be made in ${namespace}, which is Kubernetes' own` }];
      if (this.#homes.has(namespace) || unknown) return [];
      const text = `${id} would be made in ${namespace}, a namespace that the archive does not account for`;
      return [{ code, name, text }];
    });
  }

  /** An archive that was made without images has none of them: those that go to the target's own registry may. */
  #strangeImages(images: ImageMap): Excess[] {
    const withoutImages = this.#plan.selection?.images === false;
    const strangers = [...this.#strangers].filter(
      ([reference]) => !withoutImages || images.map(reference) === undefined,
    );
    return strangers.map(([reference, id]) => {
      const host = registryOf(reference, images);
      const text = `${id} names the image ${reference}, which the archive neither holds nor lists as lost`;
      return { code: 'untrusted-image', name: `Host/${host}`, text };
    });
  }

  #hosts(): string[] {
    const hosts = [...this.#fetched];
    if (hosts.length === 0) return [];
    const named = hosts.slice(0, HOSTS_NAMED).map(([host, id]) => `${host} (${id})`);
    const more = hosts.length > HOSTS_NAMED ? ` and ${hosts.length - HOSTS_NAMED} more` : '';
    return [`what is not in the backup will be fetched from ${named.join(', ')}${more}`];
  }
}

function warning(code: Finding['code'], text: string): Finding {
  return { code, severity: 'warn', text };
}

function note(map: Map<string, string>, key: string, first: string): void {
  if (!map.has(key)) map.set(key, first);
}

/** Where an image would be pulled from; what is no reference stands for itself. */
function registryOf(reference: string, images: ImageMap): string {
  try {
    return parseReference(images.map(reference) ?? reference).registry;
  } catch {
    return reference;
  }
}

/** `host[:port]` of a URL, without any user's name. */
function hostOf(url: string): string {
  const [, host = url] = /^[a-z+.-]+:\/\/(?:[^/@]*@)?([^/]+)/i.exec(url) ?? [];
  return host;
}
