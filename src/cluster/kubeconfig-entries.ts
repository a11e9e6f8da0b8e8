import { dirname, isAbsolute, join, sep } from 'node:path';
import { load } from 'js-yaml';
import { Failure, reasonOf } from '../base/errors.ts';

/** `clusters[].cluster` of a kubeconfig, by its own field names. */
export interface ClusterEntry {
  server: string;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'tls-server-name'?: string;
  'proxy-url'?: string;
  extensions?: { name: string; extension: unknown }[];
}

/** `users[].user` of a kubeconfig, by its own field names. */
export interface UserEntry {
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
  'client-certificate'?: string;
  'client-certificate-data'?: string;
  'client-key'?: string;
  'client-key-data'?: string;
  as?: string;
  'as-uid'?: string;
  'as-groups'?: string[];
  'as-user-extra'?: Record<string, string[]>;
  exec?: ExecEntry;
  'auth-provider'?: { name: string; config?: Record<string, string> };
}

/** `users[].user.exec`: a program that gives out credentials (client.authentication.k8s.io). */
export interface ExecEntry {
  apiVersion: string;
  command: string;
  args?: string[];
  env?: { name: string; value: string }[];
  installHint?: string;
  provideClusterInfo?: boolean;
  interactiveMode?: 'Never' | 'IfAvailable' | 'Always';
}

/** `contexts[].context` of a kubeconfig. */
export interface ContextEntry {
  cluster: string;
  user: string;
  namespace?: string;
}

/** One kubeconfig, or several merged. */
export interface Kubeconfig {
  currentContext: string;
  clusters: Map<string, ClusterEntry>;
  users: Map<string, UserEntry>;
  contexts: Map<string, ContextEntry>;
}

/**
 * Reads the text of one kubeconfig file; relative paths in it are relative to that file.
 *
 * @throws Failure `kubeconfig` when it is no YAML, or an entry is not what it should be.
 */
export function parseKubeconfig(text: string, file: string): Kubeconfig {
  const document = parseYaml(text, file);
  const config: Kubeconfig = {
    currentContext: textOf(document['current-context']),
    clusters: entriesOf<ClusterEntry>(document, 'clusters', 'cluster', file),
    users: entriesOf<UserEntry>(document, 'users', 'user', file),
    contexts: entriesOf<ContextEntry>(document, 'contexts', 'context', file),
  };
  for (const cluster of config.clusters.values()) resolvePaths(cluster, ['certificate-authority'], file);
  for (const user of config.users.values()) {
    resolvePaths(user, ['client-certificate', 'client-key', 'tokenFile'], file);
    // As kubectl: a bare name is looked up in PATH, anything with a separator is a path.
    if (user.exec?.command?.includes(sep)) resolvePaths(user.exec, ['command'], file);
  }
  return config;
}

function parseYaml(text: string, file: string): Record<string, unknown> {
  try {
    const document = text.trim() === '' ? {} : load(text);
    if (!isRecord(document)) throw new TypeError('it is no mapping');
    return document;
  } catch (error) {
    // The reason may quote the offending lines, and those may hold a token: only the first line is told.
    const reason = reasonOf(error).split('\n', 1)[0] ?? '';
    throw new Failure('kubeconfig', `the kubeconfig cannot be read: ${reason}`, { subject: file });
  }
}

function entriesOf<T>(
  document: Record<string, unknown>,
  list: string,
  field: string,
  file: string,
): Map<string, T> {
  const entries = new Map<string, T>();
  const raw = document[list] ?? [];
  if (!Array.isArray(raw)) throw malformed(file, `${list} is no list`);
  for (const [index, item] of raw.entries()) {
    if (!isRecord(item) || typeof item.name !== 'string')
      throw malformed(file, `${list}[${index}] has no name`);
    const value = item[field] ?? {};
    if (!isRecord(value)) throw malformed(file, `${list}[${index}].${field} is no mapping`);
    // As in kubectl, the first of a name wins.
    if (!entries.has(item.name)) entries.set(item.name, value as T);
  }
  return entries;
}

function resolvePaths<K extends string>(entry: { [field in K]?: string }, fields: K[], file: string): void {
  for (const field of fields) {
    const path = entry[field];
    if (typeof path === 'string' && path !== '' && !isAbsolute(path))
      entry[field] = join(dirname(file), path);
  }
}

function malformed(file: string, reason: string): Failure {
  return new Failure('kubeconfig', `the kubeconfig is malformed: ${reason}`, { subject: file });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
