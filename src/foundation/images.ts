import { load } from 'js-yaml';
import { type Digest, isDigest } from '../base/digest.ts';
import type { Json, KubeObject } from '../base/object.ts';
import type { KindDescriptor } from './descriptor.ts';
import { type Place, places, replace, texts } from './path.ts';
import type { ImageRule } from './rules.ts';

/** An image that an object names. */
export interface NamedImage {
  /** `spec.fetch[0].imgpkgBundle.image` */
  readonly path: string;
  /** The reference as the object states it; a chart's is put together from its repository, name and version. */
  readonly text: string;
  /** It may be an imgpkg bundle. */
  readonly bundle: boolean;
  /** What the tag stood for when a controller last fetched it. */
  readonly digest?: Digest;
}

const CHART_SCHEME = 'oci://';

/** The images whose content belongs to the backup because this object names them. */
export function imagesOf(descriptor: KindDescriptor, object: KubeObject): NamedImage[] {
  const images: NamedImage[] = [];
  for (const rule of descriptor.images ?? []) {
    if (rule.pushed) continue;
    for (const place of places(object, rule.path)) {
      const text = rule.chart ? chartImage(object, place) : place.value;
      if (typeof text !== 'string' || text === '') continue;
      const digest = resolvedDigest(rule, object, place);
      images.push({ path: place.path, text, bundle: rule.bundle ?? false, ...(digest && { digest }) });
    }
  }
  return images;
}

/** `spec.fetch[].helmChart`: the chart's name and version stand beside its repository. */
function chartImage(object: KubeObject, place: Place): string | undefined {
  const { value, path } = place;
  if (typeof value !== 'string' || !value.startsWith(CHART_SCHEME)) return undefined;
  const chart = path.slice(0, -'.repository.url'.length);
  const step = places(object, indexless(chart)).find(found => found.path === chart);
  if (step === undefined) return undefined;
  const [name] = texts(step.value, 'name');
  const [version] = texts(step.value, 'version');
  if (name === undefined) return undefined;
  return `${value.slice(CHART_SCHEME.length)}/${name}${version === undefined ? '' : `:${version}`}`;
}

function indexless(path: string): string {
  return path.replaceAll(/\[\d+\]/g, '[]');
}

/**
 * vendir's lock in kapp-controller's `status.fetch.stdout`: `directories[i]` belongs to fetch step i, and its
 * reference ends in the digest that was fetched.
 */
function resolvedDigest({ resolvedBy }: ImageRule, object: KubeObject, place: Place): Digest | undefined {
  const [lock] = resolvedBy === undefined ? [] : texts(object, resolvedBy);
  if (lock === undefined) return undefined;
  const step = Number(/\[(\d+)\]/.exec(place.path)?.[1] ?? 0);
  const directory = directories(lock)[step];
  if (directory === undefined) return undefined;
  const fetched = [
    ...texts(directory, 'contents[].imgpkgBundle.image'),
    ...texts(directory, 'contents[].image.url'),
  ];
  return fetched.map(text => text.slice(text.indexOf('@') + 1)).find(isDigest);
}

/** Controllers cut long output, so a lock may be anything; then the tag has to do. */
function directories(lock: string): Json[] {
  try {
    const document = load(lock) as Json;
    const [list] = document === undefined ? [] : places(document, 'directories').map(({ value }) => value);
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}

/** Changes every image reference of the object in place, those that controllers push to included. */
export function rewriteImages(
  descriptor: KindDescriptor,
  object: KubeObject,
  rewrite: (text: string) => string,
): void {
  for (const { path, chart } of descriptor.images ?? []) {
    replace(object, path, value => {
      if (typeof value !== 'string' || value === '') return value;
      if (!chart) return rewrite(value);
      return value.startsWith(CHART_SCHEME)
        ? CHART_SCHEME + rewrite(value.slice(CHART_SCHEME.length))
        : value;
    });
  }
}
