import { resolve } from 'node:path';
import { Failure } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import type { ClusterEntry, ContextEntry, UserEntry } from './kubeconfig-entries.ts';
import { findKubeconfig, type KubeconfigSource } from './kubeconfig-files.ts';
import type { ClusterOptions } from './options.ts';

/** Which server to talk to, and as whom: what is left of a kubeconfig once context and flags have chosen. */
export interface Target {
  /** Name of the context, or of the server's host when no context was needed. */
  readonly context: string;
  readonly namespace: string;
  readonly cluster: ClusterEntry;
  readonly user: UserEntry;
}

/**
 * Chooses context, cluster and user as kubectl does and lays the flags over them.
 *
 * @throws Failure `kubeconfig` when there is none, or it has no such context, cluster or user.
 */
export function loadKubeconfig(options: ClusterOptions): Target {
  const source = findKubeconfig(options);
  const { config } = source;
  const name = options.context || config.currentContext;
  const context = chooseContext(source, name, options);
  const clusterName = options.cluster || context.cluster;
  const userName = options.user || context.user;
  const cluster = chosen(source, 'cluster', config.clusters, clusterName, options.server !== undefined);
  const user = chosen(source, 'user', config.users, userName, !options.user);
  const target = overlaid(cluster ?? { server: '' }, user ?? {}, options);
  checkServer(target.cluster.server, clusterName, source);
  return {
    context: name || new URL(target.cluster.server).host,
    namespace: options.namespace || context.namespace || 'default',
    ...target,
  };
}

function chooseContext(source: KubeconfigSource, name: string, options: ClusterOptions): ContextEntry {
  const { contexts } = source.config;
  if (name === '') {
    if (options.server !== undefined || options.cluster) return { cluster: '', user: '' };
    throw new Failure('kubeconfig', 'the kubeconfig names no current context', {
      subject: source.files.join(', '),
      hints: [...listed('contexts', [...contexts.keys()]), 'choose one with --context NAME'],
    });
  }
  const context = contexts.get(name);
  if (context === undefined) throw missing(source, 'context', name, contexts);
  return context;
}

function chosen<T>(
  source: KubeconfigSource,
  kind: 'cluster' | 'user',
  entries: ReadonlyMap<string, T>,
  name: string | undefined,
  optional: boolean,
): T | undefined {
  const entry = entries.get(name ?? '');
  if (entry === undefined && !(optional && !name)) throw missing(source, kind, name ?? '', entries);
  return entry;
}

function overlaid(
  cluster: ClusterEntry,
  user: UserEntry,
  options: ClusterOptions,
): Pick<Target, 'cluster' | 'user'> {
  const over: ClusterEntry = { ...cluster };
  if (options.server) {
    over.server = options.server;
    // The name was meant for the other server's certificate.
    delete over['tls-server-name'];
  }
  if (options.tlsServerName) over['tls-server-name'] = options.tlsServerName;
  if (options.certificateAuthority) {
    over['certificate-authority'] = resolve(options.certificateAuthority);
    delete over['certificate-authority-data'];
    delete over['insecure-skip-tls-verify'];
  }
  if (options.insecureSkipTlsVerify) over['insecure-skip-tls-verify'] = true;
  return { cluster: over, user: overlaidUser(user, options) };
}

function overlaidUser(user: UserEntry, options: ClusterOptions): UserEntry {
  const over: UserEntry = { ...user };
  if (options.token) {
    for (const other of ['tokenFile', 'exec', 'auth-provider', 'username', 'password'] as const)
      delete over[other];
    over.token = options.token;
  }
  if (options.clientCertificate) {
    over['client-certificate'] = resolve(options.clientCertificate);
    delete over['client-certificate-data'];
  }
  if (options.clientKey) {
    over['client-key'] = resolve(options.clientKey);
    delete over['client-key-data'];
  }
  if (options.as) {
    for (const other of ['as-uid', 'as-groups', 'as-user-extra'] as const) delete over[other];
    over.as = options.as;
  }
  if (options.asUid) over['as-uid'] = options.asUid;
  if (options.asGroup?.length) over['as-groups'] = [...options.asGroup];
  if (options.asUserExtra?.length) over['as-user-extra'] = extras(options.asUserExtra);
  return over;
}

/** @throws Failure `usage` for what is not written KEY=VALUE */
function extras(pairs: readonly string[]): Record<string, string[]> {
  const values = new Map<string, string[]>();
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) throw new Failure('usage', '--as-user-extra is written KEY=VALUE');
    const key = pair.slice(0, at);
    values.set(key, [...(values.get(key) ?? []), pair.slice(at + 1)]);
  }
  return Object.fromEntries(values);
}

function checkServer(server: string, clusterName: string, source: KubeconfigSource): void {
  const url = URL.parse(server);
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return;
  throw new Failure('kubeconfig', `cluster ${JSON.stringify(clusterName)} names no server URL`, {
    subject: source.files.join(', '),
    hints: ['a server is written https://HOST:PORT'],
  });
}

function missing(
  source: KubeconfigSource,
  kind: 'context' | 'cluster' | 'user',
  name: string,
  entries: ReadonlyMap<string, unknown>,
): Failure {
  const names = [...entries.keys()];
  const near = nearest(name, names);
  return new Failure('kubeconfig', `no ${kind} ${JSON.stringify(name)} in the kubeconfig`, {
    subject: source.files.join(', '),
    hints: [
      ...(near === undefined ? [] : [`did you mean ${JSON.stringify(near)}?`]),
      ...listed(`${kind}s`, names),
    ],
  });
}

function listed(kind: string, names: readonly string[]): string[] {
  if (names.length === 0) return [`it has no ${kind} at all`];
  const shown = names.slice(0, 12).join(', ');
  return [`${kind} in it: ${shown}${names.length > 12 ? ` and ${names.length - 12} more` : ''}`];
}
