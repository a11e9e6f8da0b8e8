import { load } from 'js-yaml';
import type { JsonObject, KubeObject } from '../../base/object.ts';
import { KINDS } from '../kinds.ts';
import { ADAPTER, CURRENT, type Release } from './releases.ts';

/** What Korifi's controllers read from their ConfigMap. */
export interface KorifiConfig {
  readonly rootNamespace: string;
  /** Prefix of every package and droplet repository; plain concatenation, may end in `/` or `-`. */
  readonly prefix: string;
  readonly registrySecrets: readonly string[];
  readonly maxRetainedPackages: number;
  readonly maxRetainedBuilds: number;
  readonly release: Release;
}

/** The part of a pass's view that is needed. */
export interface ConfigSource {
  all(kind: typeof KINDS.ConfigMap): KubeObject[];
}

// kapp makes a new version of the ConfigMap for every change and keeps the old ones.
const CONFIG_MAP = /^korifi-controllers-config(?:-ver-(\d+))?$/;

/** What a source said: every rule asks for every object. */
const known = new WeakMap<ConfigSource, { config: KorifiConfig | undefined }>();
/** What was parsed last: many sources have the same ConfigMap. */
let latest: { key: string; config: KorifiConfig } | undefined;

/** The configuration of the installed Korifi; undefined where Korifi is not installed (yet). */
export function korifiConfig(source: ConfigSource): KorifiConfig | undefined {
  const { config } = known.get(source) ?? { config: read(source) };
  known.set(source, { config });
  return config;
}

/** The finalizer that the installed Korifi puts on objects of a kind. */
export function finalizerOf(source: ConfigSource, kind: string): string {
  return korifiConfig(source)?.release.finalizers[kind] ?? '';
}

function read(source: ConfigSource): KorifiConfig | undefined {
  const versions = source.all(KINDS.ConfigMap).filter(({ metadata }) => CONFIG_MAP.test(metadata.name));
  const newest = versions.sort((a, b) => versionOf(b) - versionOf(a))[0];
  if (newest === undefined) return undefined;
  const key = `${newest.metadata.uid}/${newest.metadata.resourceVersion}`;
  if (latest?.key !== key) latest = { key, config: parse(newest) };
  return latest.config;
}

function versionOf({ metadata }: KubeObject): number {
  return Number(CONFIG_MAP.exec(metadata.name)?.[1] ?? 0);
}

function parse(configMap: KubeObject): KorifiConfig {
  const config = load(String(configMap.data?.['config.yaml'] ?? '')) as JsonObject;
  return {
    rootNamespace: String(config.cfRootNamespace),
    prefix: String(config.containerRepositoryPrefix),
    registrySecrets: (config.containerRegistrySecretNames as string[] | undefined) ?? [],
    maxRetainedPackages: Number(config.maxRetainedPackagesPerApp ?? 5),
    maxRetainedBuilds: Number(config.maxRetainedBuildsPerApp ?? 5),
    // Later Korifi routes through a Gateway and has to be told which.
    release: config.networking === undefined ? ADAPTER : CURRENT,
  };
}
