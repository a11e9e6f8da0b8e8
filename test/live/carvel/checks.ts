import type { KubeObject } from '../../../src/base/object.ts';
import { parseReference } from '../../../src/registry/reference.ts';
import type { Side } from '../stage.ts';
import { type Installed, NAMES, prefixOf, registryOf, tiesOf, valuesOf } from './installed.ts';
import { DOCKER_CONFIG, hasReconciled, PACKAGING, RBAC, SHARING } from './objects.ts';
import { DEPLOYED, REF_NAME, VERSIONS } from './package.ts';

/** What is wrong with the package and the secrets on the target, in words; none when the restore was right. */
export async function checkPackage(source: Side, target: Side, made: Installed): Promise<string[]> {
  return [
    ...(await reconciled(target, made)),
    ...(await installed(target, made)),
    ...(await tied(target, made)),
    ...(await deployed(target, made)),
    ...(await secrets(source, target, made)),
  ];
}

async function reconciled(target: Side, { home, apps }: Installed): Promise<string[]> {
  const wanted = [
    ['PackageRepository', PACKAGING, home, NAMES.repository],
    ['PackageInstall', PACKAGING, home, NAMES.install],
    ['App', 'kappctrl.k14s.io', home, NAMES.install],
    ['SecretImport', SHARING, apps, NAMES.login],
  ] as const;
  const problems = await Promise.all(
    wanted.map(async ([kind, group, namespace, name]) => {
      const found = await get(target, group, kind, namespace, name);
      if (found === undefined) return [`${kind} ${name} is missing`];
      const message = found.status?.usefulErrorMessage ?? JSON.stringify(found.status);
      return hasReconciled(found) ? [] : [`${kind} ${name} has not reconciled: ${message}`];
    }),
  );
  return problems.flat();
}

/** The version that ran, pinned; and an App that the new PackageInstall owns. */
async function installed(target: Side, { home }: Installed): Promise<string[]> {
  const install = await get(target, PACKAGING, 'PackageInstall', home, NAMES.install);
  const app = await get(target, 'kappctrl.k14s.io', 'App', home, NAMES.install);
  const pinned = install?.spec.packageRef.versionSelection.constraints;
  const owners = app?.metadata.ownerReferences?.map(({ uid }) => uid);
  return [
    ...differs('the version that is installed', install?.status?.version, VERSIONS[1]),
    ...differs('the version that is asked for', pinned, VERSIONS[1]),
    ...differs('the owner of the App', owners?.join(), install?.metadata.uid),
  ];
}

/** What `tanzu package` made is still its own. */
async function tied(target: Side, made: Installed): Promise<string[]> {
  const { home, serviceAccount, role, binding, values } = made;
  const tie = `${NAMES.install}-${home}`;
  const all = [
    ['', 'ServiceAccount', home, serviceAccount],
    [RBAC, 'ClusterRole', '', role],
    [RBAC, 'ClusterRoleBinding', '', binding],
    ['', 'Secret', home, values],
  ] as const;
  const problems: string[] = [];
  for (const [group, kind, namespace, name] of all) {
    const found = await get(target, group, kind, namespace, name);
    const tag = found?.metadata.annotations?.[`${PACKAGING}/package`];
    problems.push(...differs(`what ${kind} ${name} is tied to`, tag, tie));
  }
  const install = await get(target, PACKAGING, 'PackageInstall', home, NAMES.install);
  for (const [annotation, name] of Object.entries(tiesOf(made))) {
    problems.push(...differs(annotation, install?.metadata.annotations?.[annotation], name));
  }
  return problems;
}

/** What the package made says the target's values, and has images that are there. */
async function deployed(target: Side, { home, apps, values }: Installed): Promise<string[]> {
  const map = await get(target, '', 'ConfigMap', apps, DEPLOYED.configMap);
  const secret = await get(target, '', 'Secret', home, values);
  const images: string[] = map?.data?.image === undefined ? [] : [map.data.image];
  for (const version of VERSIONS) {
    const found = await get(target, 'data.packaging.carvel.dev', 'Package', home, `${REF_NAME}.${version}`);
    if (found !== undefined) images.push(found.spec.template.spec.fetch[0].imgpkgBundle.image);
  }
  const gone: string[] = [];
  for (const image of images) {
    if (!image.startsWith(registryOf(target))) gone.push(`${image} is elsewhere`);
    else if ((await target.registries.hasManifest(parseReference(image))) === undefined)
      gone.push(`${image} cannot be pulled`);
  }
  return [
    ...differs('the version that is deployed', map?.data?.version, VERSIONS[1]),
    ...differs('the prefix that is deployed', map?.data?.prefix, prefixOf(target)),
    ...differs('the values', text(secret, 'values.yaml'), valuesOf(target, apps)),
    ...(images.length === VERSIONS.length + 1 ? gone : [`${images.length} images are named`]),
  ];
}

/** Generated ones are the source's, and shared ones are filled with the target's login. */
async function secrets(source: Side, target: Side, { home, apps }: Installed): Promise<string[]> {
  const problems: string[] = [];
  for (const name of [NAMES.generated, DEPLOYED.password]) {
    const [was, is] = await Promise.all([source, target].map(side => get(side, '', 'Secret', apps, name)));
    if (was === undefined) problems.push(`the source has no Secret ${name}`);
    else
      problems.push(...differs(`what is in the Secret ${name}`, text(is, 'password'), text(was, 'password')));
  }
  const login = text(await get(target, '', 'Secret', home, NAMES.login), DOCKER_CONFIG.key);
  const imported = text(await get(target, '', 'Secret', apps, NAMES.login), DOCKER_CONFIG.key);
  const merged = text(await get(target, '', 'Secret', apps, NAMES.pull), DOCKER_CONFIG.key);
  const [host = ''] = registryOf(target).split('/');
  for (const [what, is] of Object.entries({ exported: login, imported, merged })) {
    if (is === undefined || !Object.hasOwn(JSON.parse(is).auths, host))
      problems.push(`the ${what} login is not one of ${host}: ${is}`);
  }
  return problems;
}

async function get(
  { cluster, resource }: Side,
  group: string,
  kind: string,
  namespace: string,
  name: string,
): Promise<KubeObject | undefined> {
  return cluster.get(resource(kind, group), namespace, name);
}

function text(secret: KubeObject | undefined, key: string): string | undefined {
  const value: string | undefined = secret?.data?.[key];
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString();
}

function differs(what: string, is: string | undefined, wanted: string | undefined): string[] {
  return is !== undefined && is === wanted ? [] : [`${what} is ${is}, expected ${wanted}`];
}
