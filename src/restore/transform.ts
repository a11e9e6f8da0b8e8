import { type KubeObject, keyOf, type ObjectId } from '../base/object.ts';
import { type Crossing, convert } from '../foundation/conversions/conversions.ts';
import type { KindDescriptor } from '../foundation/descriptor.ts';
import type { ImageMap } from '../foundation/image-map.ts';
import { rewriteImages } from '../foundation/images.ts';
import { replace } from '../foundation/path.ts';
import { forRestore } from '../foundation/strip.ts';
import { rewriteSubjects, type SubjectMap } from '../foundation/subjects.ts';
import { rewriteDocument } from '../foundation/values-document.ts';
import type { Domains } from './domains.ts';
import { type Login, rewriteLogins } from './logins.ts';

/** What becomes of the version ranges of installed packages: the version that ran takes their place, or they stay. */
export type PackageVersion = 'keep' | 'constraint';

/** What differs between source and target, as far as objects show it. */
export interface Mapping {
  readonly images: ImageMap;
  /** The source's registry secret names to the target's; a name that is not here stays. */
  readonly pullSecrets: ReadonlyMap<string, string>;
  /** By registry of the target: the logins that take the place of the source's. */
  readonly logins: ReadonlyMap<string, Login>;
  /** Certificates (PEM) that a person gave for the target's registries. */
  readonly authorities: string | undefined;
  /** Keys of the Secrets and ConfigMaps whose data is YAML values. */
  readonly valuesSecrets: ReadonlySet<string>;
  /** Keys of the Secrets that hold the credentials of user-provided services. */
  readonly serviceCredentials: ReadonlySet<string>;
  /** How objects change from the source's Korifi to the target's. */
  readonly crossing: Crossing;
  readonly domains: Domains;
  /** Which user of the target is which of the source; all keep their names without it. */
  readonly subjects?: SubjectMap | undefined;
  readonly packageVersion: PackageVersion;
}

/** An object of the archive as it is to stand in the target: stripped, with references rewritten. Status included. */
export function transform(
  descriptor: KindDescriptor,
  object: KubeObject,
  id: ObjectId,
  mapping: Mapping,
): KubeObject {
  const wanted = forRestore(descriptor, object, { pins: mapping.packageVersion === 'keep' });
  const status = statusOf(descriptor, object);
  if (status !== undefined) wanted.status = status;
  const holds = mapping.serviceCredentials.has(keyOf(id)) ? 'service-credentials' : undefined;
  convert(mapping.crossing, descriptor, wanted, holds);
  mapping.domains.rewrite(descriptor, wanted);
  if (mapping.subjects !== undefined) rewriteSubjects(wanted, mapping.subjects);
  rewriteImages(descriptor, wanted, text => mapping.images.map(text) ?? text);
  for (const path of descriptor.pullSecretPaths ?? []) {
    replace(wanted, path, name =>
      typeof name === 'string' ? (mapping.pullSecrets.get(name) ?? name) : name,
    );
  }
  rewriteLogins(wanted, mapping.images, mapping.logins);
  if (mapping.valuesSecrets.has(keyOf(id))) rewriteData(wanted, mapping);
  return wanted;
}

/** The status fields that are state, copied. */
function statusOf(descriptor: KindDescriptor, object: KubeObject): Record<string, unknown> | undefined {
  if (descriptor.status === undefined || typeof object.status !== 'object' || object.status === null)
    return undefined;
  const { fields, fallbacks = {} } = descriptor.status;
  const stated = fields.flatMap(field => {
    const value = object.status[field] ?? object.status[fallbacks[field] ?? field];
    return value === undefined ? [] : [[field, value] as const];
  });
  return structuredClone(Object.fromEntries(stated));
}

/**
 * Makes every file of values in a Secret or ConfigMap name what the target has, in place.
 * @returns the paths of what changed
 */
export function rewriteData(object: KubeObject, mapping: Mapping): string[] {
  const { images, authorities, domains, logins } = mapping;
  const moves = {
    images,
    authorities,
    domain: (name: string) => domains.inValues(name),
    login: (registry: string) => logins.get(registry),
  };
  const encoding = object.kind === 'Secret' ? 'base64' : 'utf8';
  return Object.entries(object.data ?? {}).flatMap(([key, stored]) => {
    if (typeof stored !== 'string') return [];
    const { text, paths } = rewriteDocument(Buffer.from(stored, encoding).toString(), moves);
    if (paths.length > 0) object.data[key] = Buffer.from(text).toString(encoding);
    return paths.map(path => (path === '' ? key : `${key}: ${path}`));
  });
}
