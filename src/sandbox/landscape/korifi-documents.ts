import { dump } from 'js-yaml';
import type { Release } from '../korifi/releases.ts';
import { definitionOf, korifiKinds } from '../platform/definitions.ts';

/** Korifi's own components, by the name of their image. */
export const COMPONENTS = ['korifi-api', 'korifi-controllers'] as const;

/** Korifi's root namespace. */
export const ROOT = 'cf';
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

/** What differs between installations; values may be templates. */
export interface KorifiSettings {
  readonly release: Release;
  /** The namespace of Korifi's own components. */
  readonly system: string;
  /** What the names of its ConfigMaps end in. */
  readonly configSuffix: string;
  readonly apiHost: string;
  readonly domain: string;
  /** The name of the default domain's object. */
  readonly domainObject: string;
  readonly prefix: string;
  readonly registrySecret: string;
  readonly clusterBuilder: string;
  readonly admin: string;
  /** The image of a component. */
  image(component: string): string;
}

/** Everything that installs Korifi but its registry secret, in groups that follow each other. */
export function korifiDocuments(settings: KorifiSettings): Record<string, object[]> {
  const { release, system } = settings;
  return {
    definitions: korifiKinds(release.moreKinds).map(kind => definitionOf(kind, release.required[kind.kind])),
    namespaces: [system, ROOT].map(name => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    roles: [...ROLES.map(clusterRole), adminBinding(settings)],
    config: [controllersConfig(settings), apiConfig(settings)],
    webhooks: [webhooks('Mutating', system), webhooks('Validating', system)],
    accounts: ['kpack-service-account', 'korifi-app', 'korifi-task'].map(name =>
      serviceAccount(name, settings.registrySecret),
    ),
    deployments: COMPONENTS.map(component => deployment(component, settings)),
    foundation: [...infos(), defaultDomain(settings)],
  };
}

function clusterRole(role: string): object {
  const rules = [
    { apiGroups: ['korifi.cloudfoundry.org'], resources: ['*'], verbs: ['get', 'list', 'watch'] },
  ];
  const metadata = { name: `korifi-controllers-${role}` };
  return { apiVersion: `${RBAC.apiGroup}/v1`, kind: 'ClusterRole', metadata, rules };
}

function adminBinding({ admin }: KorifiSettings): object {
  return {
    apiVersion: `${RBAC.apiGroup}/v1`,
    kind: 'RoleBinding',
    metadata: {
      name: 'default-admin-binding',
      namespace: ROOT,
      annotations: { 'cloudfoundry.org/propagate-cf-role': 'true' },
    },
    roleRef: { ...RBAC, kind: 'ClusterRole', name: 'korifi-controllers-admin' },
    subjects: [{ ...RBAC, kind: 'User', name: admin }],
  };
}

function controllersConfig(settings: KorifiSettings): object {
  const { release, clusterBuilder, prefix, registrySecret } = settings;
  return configMap('korifi-controllers-config', 'config.yaml', settings, {
    builderName: 'kpack-image-builder',
    runnerName: 'statefulset-runner',
    cfRootNamespace: ROOT,
    clusterBuilderName: clusterBuilder,
    containerRepositoryPrefix: prefix,
    containerRegistrySecretNames: [registrySecret],
    maxRetainedPackagesPerApp: 5,
    maxRetainedBuildsPerApp: 5,
    taskTTL: '30d',
    ...(release.patching && {
      networking: { gatewayName: 'korifi', gatewayNamespace: 'korifi-gateway' },
      experimentalManagedServicesEnabled: true,
    }),
  });
}

function apiConfig(settings: KorifiSettings): object {
  const { apiHost, domain, prefix, registrySecret } = settings;
  return configMap('korifi-api-config', 'korifi_api_config.yaml', settings, {
    externalFQDN: apiHost,
    rootNamespace: ROOT,
    defaultDomainName: domain,
    containerRepositoryPrefix: prefix,
    packageRegistrySecretNames: [registrySecret],
  });
}

function configMap(
  name: string,
  key: string,
  { system, configSuffix }: KorifiSettings,
  config: object,
): object {
  const metadata = { name: name + configSuffix, namespace: system };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { [key]: dump(config, { lineWidth: -1 }) } };
}

function webhooks(what: 'Mutating' | 'Validating', system: string): object {
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
      vcfservicebroker: ['cfservicebrokers'],
      vcfsecuritygroup: ['cfsecuritygroups'],
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
      clientConfig: { service: { name: 'korifi-controllers-webhook-service', namespace: system } },
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

function serviceAccount(name: string, registrySecret: string): object {
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
    secrets: [{ name: registrySecret }],
    imagePullSecrets: [{ name: registrySecret }],
  };
}

function deployment(component: string, { system, image }: KorifiSettings): object {
  const labels = { app: component };
  const containers = [{ name: component, image: image(component) }];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: component, namespace: system },
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

function defaultDomain({ domain, domainObject }: KorifiSettings): object {
  return {
    apiVersion: 'korifi.cloudfoundry.org/v1alpha1',
    kind: 'CFDomain',
    metadata: { name: domainObject, namespace: ROOT },
    spec: { name: domain },
  };
}
