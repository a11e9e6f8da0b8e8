import { dump } from 'js-yaml';
import type { Release } from '../korifi/releases.ts';
import { validatedKinds } from '../korifi/validated.ts';
import { definitionOf, korifiKinds } from '../platform/definitions.ts';

/** Korifi's own components, by the name of their image. */
export const COMPONENTS = ['korifi-api', 'korifi-controllers'] as const;

/** Korifi's root namespace, as its installations call it. */
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

/** How often Korifi keeps a package and a build when nobody says otherwise. */
export const RETAINED = { maxRetainedPackages: 5, maxRetainedBuilds: 5 } as const;

/** What differs between installations; values may be templates. */
export interface KorifiSettings {
  readonly release: Release;
  readonly root: string;
  /** The namespace of Korifi's own components. */
  readonly system: string;
  /** What the names of its ConfigMaps end in. */
  readonly configSuffix: string;
  readonly apiHost: string;
  readonly domain: string;
  /** The name of the default domain's object. */
  readonly domainObject: string;
  readonly prefix: string;
  readonly registrySecrets: readonly string[];
  readonly maxRetainedPackages: number;
  readonly maxRetainedBuilds: number;
  readonly clusterBuilder: string;
  readonly admin: string;
  /** The image of a component. */
  image(component: string): string;
}

/** Everything that installs Korifi but its registry secret, in groups that follow each other. */
export function korifiDocuments(settings: KorifiSettings): Record<string, object[]> {
  const { release, root, system } = settings;
  return {
    definitions: korifiKinds(release.moreKinds).map(kind => definitionOf(kind, release.required[kind.kind])),
    namespaces: [system, root].map(name => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    roles: [...ROLES.map(clusterRole), adminBinding(settings)],
    config: [controllersConfig(settings), apiConfig(settings)],
    webhooks: webhooks(settings),
    accounts: ['kpack-service-account', 'korifi-app', 'korifi-task'].map(name =>
      serviceAccount(name, settings),
    ),
    deployments: COMPONENTS.map(component => deployment(component, settings)),
    foundation: [...infos(settings), defaultDomain(settings)],
  };
}

function clusterRole(role: string): object {
  const rules = [
    { apiGroups: ['korifi.cloudfoundry.org'], resources: ['*'], verbs: ['get', 'list', 'watch'] },
  ];
  const metadata = { name: `korifi-controllers-${role}` };
  return { apiVersion: `${RBAC.apiGroup}/v1`, kind: 'ClusterRole', metadata, rules };
}

function adminBinding({ admin, root }: KorifiSettings): object {
  return {
    apiVersion: `${RBAC.apiGroup}/v1`,
    kind: 'RoleBinding',
    metadata: {
      name: 'default-admin-binding',
      namespace: root,
      annotations: { 'cloudfoundry.org/propagate-cf-role': 'true' },
    },
    roleRef: { ...RBAC, kind: 'ClusterRole', name: 'korifi-controllers-admin' },
    subjects: [{ ...RBAC, kind: 'User', name: admin }],
  };
}

function controllersConfig(settings: KorifiSettings): object {
  const { release, root, clusterBuilder, prefix, registrySecrets } = settings;
  return configMap('korifi-controllers-config', 'config.yaml', settings, {
    builderName: 'kpack-image-builder',
    runnerName: 'statefulset-runner',
    cfRootNamespace: root,
    clusterBuilderName: clusterBuilder,
    containerRepositoryPrefix: prefix,
    containerRegistrySecretNames: registrySecrets,
    maxRetainedPackagesPerApp: settings.maxRetainedPackages,
    maxRetainedBuildsPerApp: settings.maxRetainedBuilds,
    taskTTL: '30d',
    ...(release.patching && {
      networking: { gatewayName: 'korifi', gatewayNamespace: 'korifi-gateway' },
      experimentalManagedServicesEnabled: true,
    }),
  });
}

function apiConfig(settings: KorifiSettings): object {
  const { apiHost, root, domain, prefix, registrySecrets } = settings;
  return configMap('korifi-api-config', 'korifi_api_config.yaml', settings, {
    externalFQDN: apiHost,
    rootNamespace: root,
    defaultDomainName: domain,
    containerRepositoryPrefix: prefix,
    packageRegistrySecretNames: registrySecrets,
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

/** What Korifi's webhooks see: `<configuration> <webhook>` to the kinds, as its chart installs them. */
function webhookRules(release: Release): Record<string, WebhookRule> {
  const { finalizers, patching } = release;
  const group = 'korifi.cloudfoundry.org';
  const plurals = (kinds: readonly string[]) => kinds.map(kind => `${kind.toLowerCase()}s`);
  const finalized = Object.keys(finalizers).filter(kind => kind.startsWith('CF'));
  return {
    'controllers-mutating mcffinalizer': { groups: [group], resources: plurals(finalized) },
    'controllers-mutating mcfprocess': { groups: [group], resources: ['cfprocesses'] },
    'controllers-mutating mcfversion': { groups: [group], resources: ['*'] },
    'kpack-image-builder-mutating mcf-kib-finalizer': {
      groups: [group, 'kpack.io'],
      resources: ['buildworkloads', 'builds'],
    },
    ...(patching
      ? { 'statefulset-runner-mutating mappworkload': { groups: [group], resources: ['appworkloads'] } }
      : { 'statefulset-runner-mutating mstspod': { groups: [''], resources: ['pods'] } }),
    ...Object.fromEntries(
      validatedKinds(release).map(kind => [
        `controllers-validating v${kind.toLowerCase()}`,
        { groups: [group], resources: plurals([kind]) },
      ]),
    ),
  };
}

interface WebhookRule {
  readonly groups: readonly string[];
  readonly resources: readonly string[];
}

function webhooks({ release, system }: KorifiSettings): object[] {
  const byConfiguration = Map.groupBy(
    Object.entries(webhookRules(release)),
    ([name]) => name.split(' ')[0] ?? '',
  );
  return [...byConfiguration].map(([configuration, entries]) => {
    const isValidating = configuration.endsWith('validating');
    const operations = ['CREATE', 'UPDATE', ...(isValidating ? ['DELETE'] : [])];
    return {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: `${isValidating ? 'Validating' : 'Mutating'}WebhookConfiguration`,
      metadata: { name: `korifi-${configuration}-webhook-configuration` },
      webhooks: entries.map(([name, { groups, resources }]) => ({
        name: `${name.split(' ')[1]}.korifi.cloudfoundry.org`,
        admissionReviewVersions: ['v1'],
        sideEffects: 'NoneOnDryRun',
        failurePolicy: 'Fail',
        clientConfig: { service: { name: 'korifi-controllers-webhook-service', namespace: system } },
        rules: [
          {
            apiGroups: groups,
            apiVersions: ['v1', 'v1alpha1', 'v1alpha2'],
            operations,
            resources,
            scope: '*',
          },
        ],
      })),
    };
  });
}

function serviceAccount(name: string, { root, registrySecrets }: KorifiSettings): object {
  const secrets = registrySecrets.map(secret => ({ name: secret }));
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: {
      name,
      namespace: root,
      annotations: {
        'cloudfoundry.org/propagate-service-account': 'true',
        'cloudfoundry.org/propagate-deletion': 'false',
      },
    },
    secrets,
    imagePullSecrets: secrets,
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

function infos({ root }: KorifiSettings): object[] {
  const apiVersion = 'korifi.cloudfoundry.org/v1alpha1';
  return [
    { apiVersion, kind: 'BuilderInfo', metadata: { name: 'kpack-image-builder', namespace: root } },
    { apiVersion, kind: 'RunnerInfo', metadata: { name: 'statefulset-runner', namespace: root } },
  ];
}

function defaultDomain({ root, domain, domainObject }: KorifiSettings): object {
  return {
    apiVersion: 'korifi.cloudfoundry.org/v1alpha1',
    kind: 'CFDomain',
    metadata: { name: domainObject, namespace: root },
    spec: { name: domain },
  };
}
