import type { KubeObject } from '../../base/object.ts';
import type { Rule } from '../controllers/rule.ts';
import { controlledBy, type World } from '../controllers/world.ts';
import { KINDS } from '../kinds.ts';
import { pullSecret } from './pull-secrets.ts';
import { compareVersions, satisfies } from './semver.ts';
import { conclude, hasCondition, hold } from './status.ts';

const FINALIZER = 'finalizers.packageinstall.packaging.carvel.dev/delete';
const OVERLAYS = 'ext.packaging.carvel.dev/ytt-paths-from-secret-name';
const DOWNGRADABLE = 'packaging.carvel.dev/downgradable';

/**
 * An install picks the highest version within its constraints and becomes an App that it owns; its status is the
 * App's. A lower version than the last attempted is refused, hence a restore pins when it creates.
 */
export const packageInstalls: Rule = {
  name: 'PackageInstall',
  kind: KINDS.PackageInstall,
  async reconcile(found, world) {
    const kind = KINDS.PackageInstall;
    const { namespace, name } = found.metadata;
    const existing = world.find(KINDS.App, namespace, name);
    if (found.metadata.deletionTimestamp !== undefined) {
      if (existing !== undefined) return world.delete(KINDS.App, existing);
      return world.dropFinalizer(kind, found, FINALIZER);
    }
    const install = await hold(world, kind, found, FINALIZER);
    const chosen = choose(world, install);
    if (typeof chosen === 'string') return conclude(world, kind, install, { failed: chosen });
    const version: string = chosen.spec.version;
    const versions = { version, lastAttemptedVersion: version };
    const template = await templateOf(world, install, chosen);
    const app = await world.ensure(KINDS.App, {
      metadata: {
        name,
        ...(namespace && { namespace }),
        annotations: {
          'packaging.carvel.dev/package-ref-name': chosen.spec.refName,
          'packaging.carvel.dev/package-version': version,
        },
        ownerReferences: [controlledBy(install)],
      },
      spec: template,
    });
    if (
      app.status?.observedGeneration === app.metadata.generation &&
      hasCondition(app, 'ReconcileSucceeded')
    ) {
      return conclude(world, kind, install, { done: true }, versions);
    }
    const failed: string | undefined = hasCondition(app, 'ReconcileFailed')
      ? app.status.usefulErrorMessage
      : undefined;
    await conclude(world, kind, install, failed === undefined ? { going: true } : { failed }, versions);
  },
};

/** The package to install, or why there is none. */
function choose(world: World, install: KubeObject): KubeObject | string {
  const { refName, versionSelection } = install.spec.packageRef;
  if (versionSelection === undefined) return 'Expected non-empty version selection';
  const { constraints = '', prereleases } = versionSelection;
  const all = world
    .in(KINDS.Package, install.metadata.namespace)
    .filter(({ spec }) => spec.refName === refName);
  const matching = all.filter(({ spec }) => satisfies(spec.version, constraints, prereleases !== undefined));
  const [best] = matching.sort((a, b) => compareVersions(b.spec.version, a.spec.version));
  if (best === undefined) {
    const found = all.map(({ spec }) => spec.version).join(', ');
    return `Expected to find at least one version, but did not (details: all=${all.length} -> after-constraints-filter=0; found: [${found}])`;
  }
  const attempted: string | undefined = install.status?.lastAttemptedVersion;
  const lower = attempted !== undefined && compareVersions(best.spec.version, attempted) < 0;
  if (lower && install.metadata.annotations?.[DOWNGRADABLE] === undefined) {
    return `Stopped installing matched version '${best.spec.version}' since last attempted version '${attempted}' is higher.\nhint: Add annotation ${DOWNGRADABLE}: "" to PackageInstall to proceed with downgrade`;
  }
  return best;
}

/** The package's template with the install's service account, login, values and overlays put in. */
async function templateOf(world: World, install: KubeObject, chosen: KubeObject): Promise<object> {
  const { fetch, template, deploy } = chosen.spec.template.spec;
  const secret = await pullSecret(world, install, undefined);
  const values = (install.spec.values ?? []).map(({ secretRef }: { secretRef: { name: string } }) => ({
    secretRef: { name: secretRef.name },
  }));
  const overlays = Object.entries(install.metadata.annotations ?? {})
    .filter(([key]) => key.startsWith(OVERLAYS))
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([, name]) => ({ secretRef: { name } }));
  const [step, ...others] = template;
  const ytt = {
    ...step.ytt,
    ...(values.length > 0 && { valuesFrom: values }),
    ...(overlays.length > 0 && { inline: { pathsFrom: overlays } }),
  };
  return {
    serviceAccountName: install.spec.serviceAccountName,
    syncPeriod: install.spec.syncPeriod ?? '10m0s',
    paused: install.spec.paused ?? false,
    noopDelete: install.spec.noopDelete ?? false,
    fetch: [{ imgpkgBundle: { ...fetch[0].imgpkgBundle, secretRef: { name: secret } } }],
    template: [{ ytt }, ...others],
    deploy,
  };
}
