import type { Finding } from '../../base/findings.ts';
import { type KubeObject, type ObjectId, showId } from '../../base/object.ts';
import { descriptorOf } from '../../foundation/catalog.ts';
import { PACKAGING } from '../../foundation/kinds/common.ts';
import { texts } from '../../foundation/path.ts';
import type { KindName } from '../../foundation/rules.ts';
import { compareVersions, parseVersion } from '../../foundation/versions.ts';
import { creations } from '../../foundation/waves.ts';
import type { Prepared, PrepareOptions } from '../prepare.ts';
import type { PackageVersion } from '../transform.ts';

/** A package that brings Korifi. */
const ADAPTER = 'application-service-adapter.tanzu.vmware.com';
const DOWNGRADABLE = 'packaging.carvel.dev/downgradable';
const SUGGESTION = 'pass --no-installation to leave out what installs the foundation';

/** One installation, of the archive or of the target. */
interface Installed {
  readonly name: string;
  readonly refName: string;
  readonly constraints: string;
  /** What ran; undefined for one that never got so far. */
  readonly version: string | undefined;
  /** A lower one than this is refused by kapp-controller. */
  readonly attempted: string | undefined;
  readonly isDowngradable: boolean;
}

/**
 * Compares the packages that the archive installs with those of the target.
 *
 *     one is there already        → said, with the versions; --no-installation is suggested
 *     a higher version is there   → going back is refused by kapp-controller, unless an annotation allows it
 *     Korifi is there without one → refused: the adapter's package would take over what something else installed
 *     pinned, or not pinned       → said where the range allows other versions than the one that ran
 */
export async function checkInstallation(
  { inventory, store, target, mapping }: Prepared,
  { cluster, rehearsed = false, signal }: Pick<PrepareOptions, 'cluster' | 'rehearsed' | 'signal'>,
): Promise<Finding[]> {
  const kind = descriptorOf(PACKAGING, 'PackageInstall');
  if (kind === undefined) return [];
  const ids = [
    ...Iterator.from(creations(inventory.waves)).filter(({ descriptor }) => isInstall(descriptor)),
  ];
  if (ids.length === 0) return [];
  const archived: Installed[] = [];
  for (const { id } of ids) archived.push(installed(id, await store.get(id)));
  const resource = target.surface.find(kind.group, kind.kind, kind.versions);
  const there: Installed[] = [];
  if (resource !== undefined) {
    for await (const page of cluster.list(resource, signal && { signal })) {
      for (const live of page) {
        const { name, namespace = '' } = live.metadata;
        there.push(installed({ group: kind.group, kind: kind.kind, name, namespace }, live));
      }
    }
  }
  const found = archived.flatMap(one => {
    const live = there.find(({ name }) => name === one.name) ?? there.find(sameAs(one));
    return live === undefined ? [] : compared(one, live);
  });
  return [
    ...found,
    ...(target.korifi === undefined || rehearsed ? [] : archived.flatMap(one => overOther(one, there))),
    ...archived.flatMap(one => pinned(one, mapping.packageVersion)),
  ];
}

function isInstall({ group, kind }: KindName): boolean {
  return group === PACKAGING && kind === 'PackageInstall';
}

function installed(id: ObjectId, object: KubeObject): Installed {
  const text = (path: string) => texts(object, path)[0];
  return {
    name: showId(id),
    refName: text('spec.packageRef.refName') ?? '',
    constraints: text('spec.packageRef.versionSelection.constraints') ?? '',
    version: text('status.version'),
    attempted: text('status.lastAttemptedVersion'),
    isDowngradable: object.metadata.annotations?.[DOWNGRADABLE] !== undefined,
  };
}

function sameAs(one: Installed): (other: Installed) => boolean {
  return ({ refName }) => refName === one.refName;
}

function compared(one: Installed, live: Installed): Finding[] {
  const subject = one.name;
  const there: Finding = {
    code: 'installation-there',
    severity: 'warn',
    subject,
    text: `the target has ${one.refName} installed already, as ${live.name}`,
    hint: SUGGESTION,
  };
  if (one.version === undefined || live.version === undefined || one.version === live.version) return [there];
  const versions = `${one.name} ran ${one.version}, the target has ${live.version}`;
  const isBack = isLower(one.version, live.attempted ?? live.version) && !live.isDowngradable;
  const refusal = `: kapp-controller goes back to a lower version only with the annotation ${DOWNGRADABLE} on it`;
  const text = isBack ? versions + refusal : versions;
  return [there, { code: 'package-version', severity: 'warn', subject, text, hint: SUGGESTION }];
}

function overOther(one: Installed, there: readonly Installed[]): Finding[] {
  if (one.refName !== ADAPTER || there.some(sameAs(one))) return [];
  const text = `the target's Korifi was not installed by ${one.refName}: ${one.name} would take it over`;
  return [{ code: 'installation-there', severity: 'refuse', subject: one.name, text, hint: SUGGESTION }];
}

function pinned({ name, constraints, version }: Installed, how: PackageVersion): Finding[] {
  if (version === undefined || constraints === version) return [];
  const range = constraints === '' ? 'any version' : `any of ${constraints}`;
  const text =
    how === 'keep'
      ? `${name} allows ${range} and is held to ${version}, which ran; --package-version constraint leaves it open`
      : `${name} allows ${range}: it may come to another version than ${version}, which ran`;
  const severity = how === 'keep' ? 'note' : 'warn';
  return [{ code: 'package-version', severity, subject: name, text }];
}

function isLower(version: string, than: string): boolean {
  const [a, b] = [parseVersion(version), parseVersion(than)];
  return a !== undefined && b !== undefined && compareVersions(a, b) < 0;
}
