import { load } from 'js-yaml';
import type { KorifiFacts } from '../archive/plan.ts';
import type { Json, KubeObject } from '../base/object.ts';
import { texts, values } from './path.ts';
import { compareVersions, parseVersion } from './versions.ts';

/** `korifi-api-config`, and `korifi-api-config-ver-3` as kapp names the versions of a ConfigMap. */
const NAME = /^korifi-(api|controllers|kpack-build-controllers)-config(?:-ver-(\d+))?$/;
/** Under which key a configuration stands, newest name first. */
const KEYS: Record<string, readonly string[]> = {
  api: ['korifi_api_config.yaml'],
  controllers: ['config.yaml', 'korifi_controllers_config.yaml'],
  'kpack-build-controllers': ['kpack_build_controllers_config.yaml'],
};
/** Where an object says which Korifi made it. */
export const CREATION_VERSION = 'metadata.annotations["korifi.cloudfoundry.org/creation-version"]';

/** Whether a ConfigMap is Korifi's configuration, of whichever version. */
export function isKorifiConfig(object: KubeObject): boolean {
  return object.kind === 'ConfigMap' && NAME.test(object.metadata.name);
}

/** Facts that stand in CF objects, from all that are shown to it. */
export class KorifiObjects {
  #version: string | undefined;
  readonly #domains = new Map<string, string>();

  see(object: KubeObject): void {
    const [version] = texts(object, CREATION_VERSION);
    if (version !== undefined && isNewer(version, this.#version)) this.#version = version;
    if (object.kind !== 'CFDomain') return;
    const [name] = texts(object, 'spec.name');
    if (name !== undefined) this.#domains.set(object.metadata.name, name);
  }

  /** The newest version that made one of them, and all domains, sorted. */
  facts(): Pick<KorifiFacts, 'version' | 'domains'> {
    const domains = [...this.#domains].map(([object, name]) => ({ object, name }));
    domains.sort((a, b) => (a.object < b.object ? -1 : 1));
    return {
      ...(this.#version !== undefined && { version: this.#version }),
      ...(domains.length > 0 && { domains }),
    };
  }
}

function isNewer(version: string, than: string | undefined): boolean {
  const [a, b] = [parseVersion(version), parseVersion(than ?? '')];
  return b === undefined || (a !== undefined && compareVersions(a, b) > 0);
}

/**
 * What a foundation's configuration says of itself; undefined when none of it is there.
 * @param configs Korifi's ConfigMaps; of kapp's versions the highest counts.
 * @param objects What CF objects say.
 */
export function korifiFacts(
  configs: readonly KubeObject[],
  objects: KorifiObjects = new KorifiObjects(),
): KorifiFacts | undefined {
  const settings = [...newest(configs).values()].map(settingsOf);
  const text = (...names: string[]) =>
    settings.flatMap(setting => names.flatMap(name => texts(setting, name)))[0];
  const number = (name: string) => settings.flatMap(setting => values(setting, name)).find(isCount);
  const rootNamespace = text('cfRootNamespace', 'rootNamespace');
  if (rootNamespace === undefined) return undefined;
  const { version, domains } = objects.facts();
  const defaultDomain = text('defaultDomainName');
  const prefix = text('containerRepositoryPrefix');
  const builds = number('maxRetainedBuildsPerApp');
  const packages = number('maxRetainedPackagesPerApp');
  return {
    ...(version !== undefined && { version }),
    rootNamespace,
    ...(prefix !== undefined && { containerRepositoryPrefix: prefix }),
    containerRegistrySecretNames: secretNames(settings),
    ...(builds !== undefined && { maxRetainedBuildsPerApp: builds }),
    ...(packages !== undefined && { maxRetainedPackagesPerApp: packages }),
    ...(defaultDomain !== undefined && { defaultDomain }),
    ...(domains !== undefined && { domains }),
  };
}

function isCount(value: Json): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Singular names are those of Korifi up to 0.7. */
function secretNames(settings: readonly Json[]): string[] {
  const paths = [
    'containerRegistrySecretNames[]',
    'containerRegistrySecretName',
    'packageRegistrySecretNames[]',
    'packageRegistrySecretName',
  ];
  return [...new Set(paths.flatMap(path => settings.flatMap(setting => texts(setting, path))))];
}

/** The newest ConfigMap of each configuration. */
function newest(configs: readonly KubeObject[]): Map<string, KubeObject> {
  const found = new Map<string, { version: number; config: KubeObject }>();
  for (const config of configs) {
    const [, which = '', ver = '0'] = NAME.exec(config.metadata.name) ?? [];
    const version = Number(ver);
    if (which !== '' && version >= (found.get(which)?.version ?? 0)) found.set(which, { version, config });
  }
  return new Map([...found].map(([which, { config }]) => [which, config]));
}

/** The settings in a ConfigMap; none where it is not the YAML that Korifi reads. */
function settingsOf(config: KubeObject): Json {
  const which = NAME.exec(config.metadata.name)?.[1] ?? '';
  for (const key of KEYS[which] ?? []) {
    const [yaml] = texts(config, `data["${key}"]`);
    if (yaml === undefined) continue;
    try {
      return (load(yaml) ?? {}) as Json;
    } catch {
      return {};
    }
  }
  return {};
}
