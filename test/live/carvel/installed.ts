import { randomUUID } from 'node:crypto';
import { waitFor } from '../making.ts';
import type { Side } from '../stage.ts';
import { DOCKER_CONFIG, GENERATING, hasReconciled, make, PACKAGING, RBAC, SHARING } from './objects.ts';
import { pushRepository, REF_NAME, VERSIONS } from './package.ts';

/** What kapp-controller and secretgen-controller bring, and the suite makes. */
const WANTED = [
  ['PackageInstall', PACKAGING],
  ['SecretExport', SHARING],
  ['Password', GENERATING],
] as const;

/** What was made: the names that the checks and the cleaning up need. */
export interface Installed {
  /** In the name of everything that is in no namespace. */
  readonly id: string;
  /** Where the package is installed. */
  readonly home: string;
  /** Where the package puts its things, and where secrets are imported and generated. */
  readonly apps: string;
  readonly serviceAccount: string;
  readonly role: string;
  readonly binding: string;
  readonly values: string;
}

/** Names within the two namespaces. */
export const NAMES = {
  repository: 'live',
  install: 'live',
  login: 'registry',
  pull: 'pull',
  generated: 'generated',
} as const;

/** The kinds of Carvel's that a foundation lacks; none where all of it is there. */
export function lacking({ serves }: Side): string[] {
  return WANTED.filter(([kind, group]) => !serves(kind, group)).map(([kind]) => kind);
}

/** Names that nobody else has. */
export function nameInstalled(): Installed {
  const id = `asa-backup-live-${randomUUID().slice(0, 8)}`;
  const home = `${id}-home`;
  const tied = `${NAMES.install}-${home}`;
  return {
    ...{ id, home, apps: `${id}-apps`, values: `${tied}-values` },
    ...{ serviceAccount: `${tied}-sa`, role: `${tied}-cluster-role`, binding: `${tied}-cluster-rolebinding` },
  };
}

/**
 * A package from a repository, installed as `tanzu package install` does it, by a constraint that newer versions meet too;
 * a registry's login that is exported, imported and merged into a placeholder; and a generated password.
 */
export async function installPackage(side: Side, made: Installed): Promise<void> {
  const { id, home, apps } = made;
  for (const name of [home, apps]) await make(side, '', 'Namespace', { name });
  await shareLogin(side, made);
  const generated = { name: NAMES.generated, namespace: apps };
  await make(side, GENERATING, 'Password', generated, { spec: { length: 30 } });
  const image = await pushRepository(side, `${registryOf(side)}${id}`);
  const repository = { name: NAMES.repository, namespace: home };
  const spec = { fetch: { imgpkgBundle: { image, secretRef: { name: NAMES.login } } } };
  await make(side, PACKAGING, 'PackageRepository', repository, { spec });
  await install(side, made);
  await waitFor(side, 'PackageInstall', NAMES.install, home, hasReconciled, PACKAGING);
  for (const name of [NAMES.generated, NAMES.login])
    await waitFor(side, 'Secret', name, apps, () => true, '');
}

/** `tanzu secret registry add --export-to-all-namespaces`, but for the two namespaces, and both ways to have it there. */
async function shareLogin(side: Side, { home, apps }: Installed): Promise<void> {
  const { rootNamespace, containerRegistrySecretNames } = side.korifi;
  const [name] = containerRegistrySecretNames;
  if (name === undefined) throw new Error(`Korifi in ${side.context} has no login of its registry`);
  const korifis = await side.cluster.get(side.resource('Secret', ''), rootNamespace, name);
  const { type, key } = DOCKER_CONFIG;
  const login = { name: NAMES.login, namespace: home };
  await make(side, '', 'Secret', login, { type, data: { [key]: korifis?.data?.[key] } });
  await make(side, SHARING, 'SecretExport', login, { spec: { toNamespaces: [home, apps] } });
  const imported = { name: NAMES.login, namespace: apps };
  await make(side, SHARING, 'SecretImport', imported, { spec: { fromNamespace: home } });
  const annotations = { 'secretgen.carvel.dev/image-pull-secret': '' };
  const placeholder = { name: NAMES.pull, namespace: apps, annotations };
  await make(side, '', 'Secret', placeholder, { type, stringData: { [key]: '{"auths":{}}' } });
}

/** `tanzu package install live -p … --values-file … -n HOME`, of somebody who wants updates. */
async function install(side: Side, made: Installed): Promise<void> {
  const { home, apps, serviceAccount, role, binding, values } = made;
  const tie = `${NAMES.install}-${home}`;
  const annotations = { [`${PACKAGING}/package`]: tie, 'tkg.tanzu.vmware.com/tanzu-package': tie };
  const here = (name: string) => ({ name, namespace: home, annotations });
  const everything = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };
  const granted = {
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'ServiceAccount', name: serviceAccount, namespace: home }],
  };
  await make(side, '', 'ServiceAccount', here(serviceAccount));
  await make(side, RBAC, 'ClusterRole', { name: role, annotations }, { rules: [everything] });
  await make(side, RBAC, 'ClusterRoleBinding', { name: binding, annotations }, granted);
  await make(side, '', 'Secret', here(values), { stringData: { 'values.yaml': valuesOf(side, apps) } });
  const { install: name } = NAMES;
  const metadata = { name, namespace: home, annotations: tiesOf(made) };
  const spec = {
    serviceAccountName: serviceAccount,
    packageRef: {
      refName: REF_NAME,
      versionSelection: { constraints: `>=${VERSIONS[0]}`, prereleases: {} },
    },
    values: [{ secretRef: { name: values } }],
  };
  await make(side, PACKAGING, 'PackageInstall', metadata, { spec });
}

/** The annotations by which `tanzu package installed delete` knows what it made. */
export function tiesOf({ serviceAccount, role, binding, values }: Installed): Record<string, string> {
  const made = {
    ClusterRole: role,
    ClusterRoleBinding: binding,
    ServiceAccount: serviceAccount,
    Secret: values,
  };
  const ties = Object.entries(made).flatMap(([kind, name]) => [
    [`${PACKAGING}/package-${kind}`, name],
    [`tkg.tanzu.vmware.com/tanzu-package-${kind}`, name],
  ]);
  return Object.fromEntries(ties);
}

/** Where all images of a side are. */
export function registryOf({ korifi, context }: Side): string {
  const { containerRepositoryPrefix: prefix } = korifi;
  if (prefix === undefined) throw new Error(`Korifi in ${context} does not say where its images are`);
  return prefix;
}

/** Where droplets go, in the values of a side. */
export function prefixOf(side: Side): string {
  return `${registryOf(side)}live`;
}

/** The values file, comments and all, as it has to be on a side. */
export function valuesOf(side: Side, apps: string): string {
  return `# made by an acceptance test
namespace: ${apps}
app_registry:
  repository_prefix: ${prefixOf(side)} # where droplets go
`;
}
