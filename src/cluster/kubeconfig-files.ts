import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { Failure } from '../base/errors.ts';
import { inClusterConfig } from './in-cluster.ts';
import { type Kubeconfig, parseKubeconfig } from './kubeconfig-entries.ts';
import type { ClusterOptions } from './options.ts';

/** A kubeconfig and where it came from. */
export interface KubeconfigSource {
  readonly config: Kubeconfig;
  /** Files that were read, or would have been. */
  readonly files: readonly string[];
}

/**
 * Finds the kubeconfig as kubectl does: `--kubeconfig`, else the `KUBECONFIG` list (merged, the first wins, files
 * that are missing are skipped), else `~/.kube/config`, else the pod's service account.
 *
 * @throws Failure `kubeconfig` when a file cannot be read, or there is none and no server is named either.
 */
export function findKubeconfig(options: ClusterOptions): KubeconfigSource {
  const env = options.env ?? process.env;
  if (options.kubeconfig) {
    const file = resolve(options.kubeconfig);
    return { config: readFile(file), files: [file] };
  }
  const files = defaultFiles(env);
  const present = files.filter(file => existsSync(file));
  if (present.length > 0) return { config: mergeKubeconfigs(present.map(readFile)), files };
  const config = inClusterConfig(env) ?? (options.server ? mergeKubeconfigs([]) : undefined);
  if (config !== undefined) return { config, files };
  throw new Failure(
    'kubeconfig',
    `no kubeconfig: ${files.join(' and ')} ${files.length > 1 ? 'do' : 'does'} not exist`,
    {
      hints: ['name one with --kubeconfig FILE or the environment variable KUBECONFIG'],
    },
  );
}

/** The first kubeconfig that has a context, cluster, user or current context of a name wins, whole. */
function mergeKubeconfigs(configs: readonly Kubeconfig[]): Kubeconfig {
  const merged: Kubeconfig = {
    currentContext: '',
    clusters: new Map(),
    users: new Map(),
    contexts: new Map(),
  };
  for (const config of configs) {
    merged.currentContext ||= config.currentContext;
    for (const map of ['clusters', 'users', 'contexts'] as const) addMissing(merged[map], config[map]);
  }
  return merged;
}

function addMissing(into: Map<string, unknown>, from: ReadonlyMap<string, unknown>): void {
  for (const [name, entry] of from) if (!into.has(name)) into.set(name, entry);
}

function defaultFiles(env: Readonly<Record<string, string | undefined>>): string[] {
  const listed = (env.KUBECONFIG ?? '').split(delimiter).filter(file => file !== '');
  const files = listed.length > 0 ? listed : [join(env.HOME || homedir(), '.kube', 'config')];
  return [...new Set(files.map(file => resolve(file)))];
}

function readFile(file: string): Kubeconfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Failure('kubeconfig', 'the kubeconfig cannot be read', {
      subject: file,
      hints: ['check --kubeconfig and the environment variable KUBECONFIG'],
      cause: error,
    });
  }
  return parseKubeconfig(text, file);
}
