import { dump } from 'js-yaml';
import { ADAPTER } from '../korifi/releases.ts';
import { korifiDocuments, RETAINED, ROOT } from './korifi-documents.ts';

/** What stands for a value from the installation's values file. */
const value = (path: string) => `(@= data.values.${path} @)`;
const REGISTRY_SECRET = value('app_registry.credentials.secret_name');

/** The image reference that the package's files name and its lock replaces. */
export function componentId(component: string, version: string): string {
  return `registry.example.com/app-service-adapter/${component}:${version}`;
}

/** The files of the Application Service Adapter's package: all that installs Korifi, for this version of it. */
export function adapterFiles(version: string): Record<string, string> {
  const { accounts = [], ...others } = korifiDocuments({
    release: ADAPTER,
    root: ROOT,
    ...RETAINED,
    system: 'tas-adapter-system',
    configSuffix: '-ver-1',
    apiHost: value('api_ingress.fqdn'),
    domain: value('app_ingress.default_domain'),
    domainObject: value('app_ingress.default_domain'),
    prefix: value('app_registry.repository_prefix'),
    registrySecrets: [REGISTRY_SECRET],
    clusterBuilder: value('kpack_clusterbuilder_name'),
    admin: value('admin.users.0'),
    image: component => componentId(component, version),
  });
  const { deployments = [], foundation = [], ...first } = others;
  const documents = { ...first, accounts: [...accounts, registryImport()], deployments, foundation };
  return Object.fromEntries(
    Object.entries(documents).map(([name, list], index) => [
      `config/${index}-${name}.yml`,
      list.map(document => `---\n${dump(document, { lineWidth: -1 })}`).join(''),
    ]),
  );
}

function registryImport(): object {
  return {
    apiVersion: 'secretgen.carvel.dev/v1alpha1',
    kind: 'SecretImport',
    metadata: { name: REGISTRY_SECRET, namespace: ROOT },
    spec: { fromNamespace: value('app_registry.credentials.namespace') },
  };
}
