import { type Locked, pushBundle, pushImage } from '../pushing.ts';
import type { Side } from '../stage.ts';

/** The package's name: what a PackageInstall refers to. */
export const REF_NAME = 'live.asa-backup.example.com';
/** Versions that the repository offers; the later one is installed. */
export const VERSIONS = ['1.0.0', '1.1.0'] as const;
/** What the package makes: its values and its image in a ConfigMap, and a Password. */
export const DEPLOYED = { configMap: 'deployed', password: 'inner' } as const;

const API_VERSION = 'data.packaging.carvel.dev/v1alpha1';
const WORKLOAD = 'registry.example.com/live/workload:1';

/** Pushes a workload, a bundle for each version and the bundle of the repository. The latter by digest. */
export async function pushRepository(side: Side, prefix: string): Promise<string> {
  const image = await pushImage(side, `${prefix}-workload`, '1', { hello: prefix });
  const offered: { version: string; image: string }[] = [];
  for (const version of VERSIONS) {
    const files = { 'config/all.yml': configOf(version), 'config/schema.yml': SCHEMA };
    const lock = [{ image, id: WORKLOAD }];
    offered.push({ version, image: await pushBundle(side, `${prefix}-package`, version, files, lock) });
  }
  const files = Object.fromEntries(
    offered.map(({ version, image }) => [`packages/${version}.yml`, yaml(packageOf(version, image))]),
  );
  const lock: Locked[] = offered.map(({ image }) => ({ image, id: image }));
  const all = { ...files, 'packages/metadata.yml': yaml(METADATA) };
  return pushBundle(side, `${prefix}-repository`, VERSIONS.join('-'), all, lock);
}

/** A version of the package, as a bundle at `image`. */
export function packageOf(version: string, image: string) {
  return {
    apiVersion: API_VERSION,
    kind: 'Package',
    metadata: { name: `${REF_NAME}.${version}` },
    spec: {
      refName: REF_NAME,
      version,
      template: {
        spec: {
          fetch: [{ imgpkgBundle: { image } }],
          template: [{ ytt: { paths: ['config/'] } }, { kbld: { paths: ['-', '.imgpkg/images.yml'] } }],
          deploy: [{ kapp: {} }],
        },
      },
    },
  };
}

const METADATA = {
  apiVersion: API_VERSION,
  kind: 'PackageMetadata',
  metadata: { name: REF_NAME },
  spec: { displayName: 'live', shortDescription: 'made by an acceptance test' },
};

const SCHEMA = `#@data/values-schema
---
namespace: ""
app_registry:
  repository_prefix: ""
`;

function configOf(version: string): string {
  return `#@ load("@ytt:data", "data")
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: ${DEPLOYED.configMap}
  namespace: #@ data.values.namespace
data:
  version: "${version}"
  prefix: #@ data.values.app_registry.repository_prefix
  image: ${WORKLOAD}
---
apiVersion: secretgen.k14s.io/v1alpha1
kind: Password
metadata:
  name: ${DEPLOYED.password}
  namespace: #@ data.values.namespace
spec:
  length: 24
`;
}

/** JSON is YAML. */
function yaml(document: object): string {
  return `---\n${JSON.stringify(document)}\n`;
}
