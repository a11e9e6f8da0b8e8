import type { KubeObject } from '../../base/object.ts';
import type { ActivityLog, Deed } from '../activity.ts';
import { fetchBundle } from '../images/bundle.ts';
import type { ImageClient } from '../images/client.ts';
import { KINDS } from '../kinds.ts';
import { leaseName } from '../korifi/admission/leases.ts';
import { UNIQUE } from '../korifi/admission/unique-names.ts';
import { korifiConfig } from '../korifi/config.ts';
import type { View } from './view.ts';

/** Images that the foundation names, directly or through a bundle's lock, and that its registry does not have. */
export async function missingImages(view: View, images: ImageClient): Promise<string[]> {
  const plain = [
    ...view.all(KINDS.CFPackage).map(({ spec }) => spec.source?.registry?.image),
    ...view.all(KINDS.CFBuild).map(({ status }) => status?.droplet?.registry.image),
  ];
  const bundles = [
    ...view.all(KINDS.PackageRepository).map(({ spec }) => spec.fetch.imgpkgBundle.image),
    ...view.all(KINDS.Package).map(({ spec }) => spec.template.spec.fetch[0].imgpkgBundle.image),
    ...view.all(KINDS.App).map(({ spec }) => spec.fetch[0].imgpkgBundle.image),
  ];
  const missing: string[] = [];
  for (const reference of named([...plain, ...bundles])) {
    if (!(await images.has(reference))) missing.push(`image ${reference} is not in the registry`);
  }
  for (const reference of named(bundles)) missing.push(...(await missingFromLock(images, reference)));
  return missing;
}

function named(references: readonly (string | undefined)[]): Set<string> {
  return new Set(references.flatMap(reference => reference || []));
}

async function missingFromLock(images: ImageClient, reference: string): Promise<string[]> {
  if (!(await images.has(reference))) return [];
  const { lock } = await fetchBundle(images, reference);
  const missing: string[] = [];
  for (const { image } of lock) {
    if (!(await images.has(image)))
      missing.push(`image ${image} of bundle ${reference} is not in the registry`);
  }
  return missing;
}

/** Owner references to objects that are not there: the garbage collector's prey. */
export function deadOwners(view: View): string[] {
  const objects = Object.values(KINDS).flatMap(kind => view.all(kind));
  const alive = new Set(objects.map(({ metadata }) => metadata.uid));
  const dead = objects.filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => !alive.has(uid)));
  return dead.map(object => `${show(object)} has an owner that does not exist`);
}

/** Names that objects have without holding them, and names that are held by nobody. */
export function wrongLeases(view: View): string[] {
  const config = korifiConfig(view);
  if (config === undefined) return [];
  const expected = new Map<string, string>();
  for (const [kind, { name }] of Object.entries(UNIQUE)) {
    const resource = KINDS[kind as keyof typeof KINDS];
    for (const object of view.all(resource)) {
      const taken = name(object, config);
      expected.set(`${taken.namespace}/${leaseName(taken)}`, show(object));
    }
  }
  const leases = view.all(KINDS.Lease).filter(({ metadata }) => metadata.name.startsWith('n-'));
  const held = new Set(leases.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
  return [
    ...[...expected]
      .filter(([lease]) => !held.has(lease))
      .map(([, owner]) => `${owner} does not hold its name`),
    ...[...held].filter(lease => !expected.has(lease)).map(lease => `Lease ${lease} is held by nobody`),
  ];
}

const HARM: Readonly<Record<Deed, string>> = {
  staged: 'was staged again',
  'task-run': 'ran again',
  'image-deleted': 'was deleted from the registry',
  'object-deleted': 'was deleted',
  collected: 'was deleted by the garbage collector',
};

/** What the controllers did that a restore must not cause. */
export function harm(activity: ActivityLog): string[] {
  return activity.entries.map(({ deed, subject }) => `${subject} ${HARM[deed]}`);
}

function show({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
}
