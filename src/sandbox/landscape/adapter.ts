import { dump } from 'js-yaml';
import { definitionOf, KORIFI_KINDS } from '../platform/definitions.ts';

/** Korifi's own components in the package, by the name of their image. */
export const COMPONENTS = ['korifi-api', 'korifi-controllers'] as const;

const SYSTEM = 'tas-adapter-system';
const ROOT = 'cf';
const ROLES = [
  'admin',
  'organization-manager',
  'organization-user',
  'root-namespace-user',
  'space-auditor',
  'space-developer',
  'space-manager',
];
const RBAC = { apiGroup: 'rbac.authorization.k8s.io' };

/** What stands for a value from the installation's values file. */
const value = (path: string) => `(@= data.values.${path} @)`;
const REGISTRY_SECRET = value('app_registry.credentials.secret_name');

/** The image reference that the package's files name and its lock replaces. */
export function componentId(component: string, version: string): string {
  return `registry.example.com/app-service-adapter/${component}:${version}`;
}

/** The files of the Application Service Adapter's package: all that installs Korifi, for this version of it. */
export function adapterFiles(version: string): Record<string, string> {
  const documents = {
    definitions: KORIFI_KINDS.map(definitionOf),
    namespaces: [SYSTEM, ROOT].map(name => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    roles: [...ROLES.map(clusterRole), adminBinding()],
    config: [controllersConfig(), apiConfig()],
    webhooks: [webhooks('Mutating'), webhooks('Validating')],
    accounts: [
      ...['kpack-service-account', 'korifi-app', 'korifi-task'].map(serviceAccount),
      registryImport(),
    ],
    deployments: COMPONENTS.map(component => deployment(component, version)),
    foundation: [...infos(), defaultDomain()],
  };
  return Object.fromEntries(
    Object.entries(documents).map(([name, list], index) => [
      `config/${index}-${name}.yml`,
      list.map(document => `---\n${dump(document, { lineWidth: -1 })}`).join(''),
    ]),
  );
}

function clusterRole(role: string): object {
  const rules = [
    { apiGroups: ['korifi.cloudfoundry.org'], resources: ['*'], verbs: ['get', 'list', 'watch'] },
  ];
  const metadata = { name: `korifi-controllers-${role}` };
  return { apiVersion: `${RBAC.apiGroup}/v1`, kind: 'ClusterRole', metadata, rules };
}

function adminBinding(): object {
  return {
    apiVersion: `${RBAC.apiGroup}/v1`,
    kind: 'RoleBinding',
    metadata: {
      name: 'default-admin-binding',
      namespace: ROOT,
      annotations: { 'cloudfoundry.org/propagate-cf-role': 'true' },
    },
    roleRef: { ...RBAC, kind: 'ClusterRole', name: 'korifi-controllers-admin' },
    subjects: [{ ...RBAC, kind: 'User', name: value('admin.users.0') }],
  };
}

function controllersConfig(): object {
  return configMap('korifi-controllers-config-ver-1', 'config.yaml', {
    builderName: 'kpack-image-builder',
    runnerName: 'statefulset-runner',
    cfRootNamespace: ROOT,
    clusterBuilderName: value('kpack_clusterbuilder_name'),
    containerRepositoryPrefix: value('app_registry.repository_prefix'),
    containerRegistrySecretNames: [REGISTRY_SECRET],
    maxRetainedPackagesPerApp: 5,
    maxRetainedBuildsPerApp: 5,
    taskTTL: '30d',
  });
}

function apiConfig(): object {
  return configMap('korifi-api-config-ver-1', 'korifi_api_config.yaml', {
    externalFQDN: value('api_ingress.fqdn'),
    rootNamespace: ROOT,
    defaultDomainName: value('app_ingress.default_domain'),
    containerRepositoryPrefix: value('app_registry.repository_prefix'),
    packageRegistrySecretNames: [REGISTRY_SECRET],
  });
}

function configMap(name: string, key: string, config: object): object {
  const data = { [key]: dump(config, { lineWidth: -1 }) };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: SYSTEM }, data };
}

function webhooks(what: 'Mutating' | 'Validating'): object {
  const kinds = {
    Mutating: { mcf: ['*'] },
    Validating: {
      vcforg: ['cforgs'],
      vcfspace: ['cfspaces'],
      vcfapp: ['cfapps'],
      vcfdomain: ['cfdomains'],
      vcfroute: ['cfroutes'],
      vcfserviceinstance: ['cfserviceinstances'],
      vcfservicebinding: ['cfservicebindings'],
      vcftask: ['cftasks'],
    },
  }[what];
  const operations = ['CREATE', 'UPDATE', ...(what === 'Validating' ? ['DELETE'] : [])];
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: `${what}WebhookConfiguration`,
    metadata: { name: `korifi-controllers-${what.toLowerCase()}-webhook-configuration` },
    webhooks: Object.entries(kinds).map(([name, resources]) => ({
      name: `${name}.korifi.cloudfoundry.org`,
      admissionReviewVersions: ['v1'],
      sideEffects: 'NoneOnDryRun',
      failurePolicy: 'Fail',
      clientConfig: { service: { name: 'korifi-controllers-webhook-service', namespace: SYSTEM } },
      rules: [
        {
          apiGroups: ['korifi.cloudfoundry.org'],
          apiVersions: ['v1alpha1'],
          operations,
          resources,
          scope: '*',
        },
        ...(what === 'Mutating'
          ? [
              {
                apiGroups: ['kpack.io'],
                apiVersions: ['v1alpha2'],
                operations,
                resources: ['builds'],
                scope: '*',
              },
            ]
          : []),
      ],
    })),
  };
}

function serviceAccount(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: {
      name,
      namespace: ROOT,
      annotations: {
        'cloudfoundry.org/propagate-service-account': 'true',
        'cloudfoundry.org/propagate-deletion': 'false',
      },
    },
    secrets: [{ name: REGISTRY_SECRET }],
    imagePullSecrets: [{ name: REGISTRY_SECRET }],
  };
}

function registryImport(): object {
  return {
    apiVersion: 'secretgen.carvel.dev/v1alpha1',
    kind: 'SecretImport',
    metadata: { name: REGISTRY_SECRET, namespace: ROOT },
    spec: { fromNamespace: value('app_registry.credentials.namespace') },
  };
}

function deployment(component: string, version: string): object {
  const labels = { app: component };
  const containers = [{ name: component, image: componentId(component, version) }];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: component, namespace: SYSTEM },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    },
  };
}

function infos(): object[] {
  const apiVersion = 'korifi.cloudfoundry.org/v1alpha1';
  return [
    { apiVersion, kind: 'BuilderInfo', metadata: { name: 'kpack-image-builder', namespace: ROOT } },
    { apiVersion, kind: 'RunnerInfo', metadata: { name: 'statefulset-runner', namespace: ROOT } },
  ];
}

function defaultDomain(): object {
  const name = value('app_ingress.default_domain');
  return {
    apiVersion: 'korifi.cloudfoundry.org/v1alpha1',
    kind: 'CFDomain',
    metadata: { name, namespace: ROOT },
    spec: { name },
  };
}
