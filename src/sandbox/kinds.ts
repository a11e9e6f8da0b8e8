import type { ApiResource } from '../cluster/cluster.ts';

/** A row of {@link KINDS}: kinds of one group and version, by kind and plural. */
function kinds<const T extends Record<string, string>>(
  apiVersion: string,
  plurals: T,
  namespaced = true,
): { [kind in keyof T]: ApiResource } {
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const rows = Object.entries(plurals).map(([kind, plural]) => [
    kind,
    { group, version, kind, plural, namespaced },
  ]);
  return Object.fromEntries(rows) as { [kind in keyof T]: ApiResource };
}

/** Every kind that the sandbox's controllers read or write. */
export const KINDS = {
  ...kinds('v1', { Namespace: 'namespaces' }, false),
  ...kinds('v1', {
    ConfigMap: 'configmaps',
    Secret: 'secrets',
    Service: 'services',
    ServiceAccount: 'serviceaccounts',
  }),
  ...kinds('apps/v1', { Deployment: 'deployments', StatefulSet: 'statefulsets' }),
  ...kinds('batch/v1', { Job: 'jobs' }),
  ...kinds('coordination.k8s.io/v1', { Lease: 'leases' }),
  ...kinds('rbac.authorization.k8s.io/v1', { RoleBinding: 'rolebindings' }),
  ...kinds(
    'rbac.authorization.k8s.io/v1',
    { ClusterRole: 'clusterroles', ClusterRoleBinding: 'clusterrolebindings' },
    false,
  ),
  ...kinds('apiextensions.k8s.io/v1', { CustomResourceDefinition: 'customresourcedefinitions' }, false),
  ...kinds(
    'admissionregistration.k8s.io/v1',
    {
      MutatingWebhookConfiguration: 'mutatingwebhookconfigurations',
      ValidatingWebhookConfiguration: 'validatingwebhookconfigurations',
    },
    false,
  ),
  ...kinds('korifi.cloudfoundry.org/v1alpha1', {
    CFOrg: 'cforgs',
    CFSpace: 'cfspaces',
    CFDomain: 'cfdomains',
    CFApp: 'cfapps',
    CFProcess: 'cfprocesses',
    CFPackage: 'cfpackages',
    CFBuild: 'cfbuilds',
    CFTask: 'cftasks',
    CFRoute: 'cfroutes',
    CFServiceInstance: 'cfserviceinstances',
    CFServiceBinding: 'cfservicebindings',
    CFServiceBroker: 'cfservicebrokers',
    CFServiceOffering: 'cfserviceofferings',
    CFServicePlan: 'cfserviceplans',
    CFSecurityGroup: 'cfsecuritygroups',
    BuilderInfo: 'builderinfos',
    RunnerInfo: 'runnerinfos',
    AppWorkload: 'appworkloads',
    BuildWorkload: 'buildworkloads',
    TaskWorkload: 'taskworkloads',
  }),
  ...kinds('kpack.io/v1alpha2', { Image: 'images', Build: 'builds' }),
  ...kinds('kpack.io/v1alpha2', { ClusterStack: 'clusterstacks', ClusterBuilder: 'clusterbuilders' }, false),
  ...kinds('projectcontour.io/v1', { HTTPProxy: 'httpproxies' }),
  ...kinds('gateway.networking.k8s.io/v1beta1', { HTTPRoute: 'httproutes' }),
  ...kinds('servicebinding.io/v1beta1', { ServiceBinding: 'servicebindings' }),
  ...kinds('packaging.carvel.dev/v1alpha1', {
    PackageRepository: 'packagerepositories',
    PackageInstall: 'packageinstalls',
  }),
  ...kinds('data.packaging.carvel.dev/v1alpha1', {
    Package: 'packages',
    PackageMetadata: 'packagemetadatas',
  }),
  ...kinds('kappctrl.k14s.io/v1alpha1', { App: 'apps' }),
  ...kinds('secretgen.carvel.dev/v1alpha1', {
    SecretExport: 'secretexports',
    SecretImport: 'secretimports',
    SecretTemplate: 'secrettemplates',
  }),
  ...kinds('secretgen.k14s.io/v1alpha1', {
    Password: 'passwords',
    Certificate: 'certificates',
    RSAKey: 'rsakeys',
    SSHKey: 'sshkeys',
  }),
} as const;

/** `group/version` as it stands in an object; only `version` in the core group. */
export function apiVersionOf(kind: ApiResource): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
}
