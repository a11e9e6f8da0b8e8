import { setTimeout as sleep } from 'node:timers/promises';
import { surroundings } from '../checks.ts';
import type { Side } from '../stage.ts';
import { differenceFrom, verdict } from '../verdict.ts';
import { checkPackage } from './checks.ts';
import type { Installed } from './installed.ts';
import { make, RBAC } from './objects.ts';
import { packageOf, REF_NAME, VERSIONS } from './package.ts';

interface PackageTrial {
  readonly source: Side;
  readonly target: Side;
  readonly made: Installed;
  restore(): Promise<void>;
  /** @throws Error when the archive and the target differ. */
  compare(): Promise<void>;
  /** Takes the last restore back. */
  undo(): Promise<void>;
  say(text: string): void;
  /** Waits as long as nothing may change. */
  settle(): Promise<void>;
}

const DATA = 'data.packaging.carvel.dev';
const NEWER = '1.2.0';
/** kapp-controller takes a fifth of a second to see a newer version. */
const PATIENCE_MS = 5000;

/** Restores the package; a newer version that then appears must not be taken; and takes the restore back. */
export async function tryPackage(parts: PackageTrial): Promise<void> {
  const { source, target, made, restore, compare, undo, settle, say } = parts;
  const around = async () => {
    const found = await surroundings(target, [made.home, made.apps]);
    for (const role of await roles(target, made)) found.add(role);
    return found;
  };
  const before = await around();
  await restore();
  say(verdict('right after the restore of a package', await checkPackage(source, target, made)));
  await offerNewer(target, made);
  await settle();
  say(verdict('after a newer version of it', await checkPackage(source, target, made)));
  await target.cluster.delete(target.resource('Package', DATA), made.home, `${REF_NAME}.${NEWER}`);
  await compare();
  await undo();
  say(verdict('after the undo of the package', await differenceFrom(before, around)));
}

/** A version that the source's constraint would take. */
async function offerNewer(target: Side, { home }: Installed): Promise<void> {
  const packages = await target.list('Package', [home], DATA);
  const last = packages.find(({ spec }) => spec.version === VERSIONS[1]);
  const { metadata, spec } = packageOf(NEWER, last?.spec.template.spec.fetch[0].imgpkgBundle.image);
  await make(target, DATA, 'Package', { ...metadata, namespace: home }, { spec });
  await sleep(PATIENCE_MS);
}

/** What the package was given in the whole cluster. */
async function roles(side: Side, { id }: Installed): Promise<string[]> {
  const found: string[] = [];
  for (const kind of ['ClusterRole', 'ClusterRoleBinding']) {
    for (const { metadata } of await side.list(kind, [''], RBAC)) {
      if (metadata.name.includes(id)) found.push(`${kind} ${metadata.name} ${metadata.uid}`);
    }
  }
  return found;
}
