import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { type ApiCluster, connectCluster } from '../../src/cluster/client.ts';
import type { ClusterOptions } from '../../src/cluster/options.ts';
import { type ApiServer, type ApiServerOptions, startApiServer } from '../../src/sandbox/apiserver/server.ts';
import { ApiFaults } from '../faults/apiserver.ts';
import { CONFIG_MAPS } from '../sandbox/contract-kinds.ts';

const cleanups: (() => Promise<unknown>)[] = [];
/** Later things are undone first. */
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export function afterwards(cleanup: () => Promise<unknown>): void {
  cleanups.push(cleanup);
}

export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'asa-backup-cluster-'));
  afterwards(() => rm(path, { recursive: true }));
  return path;
}

/** An embedded API server with faults, until the test ends. */
export async function server(
  options: ApiServerOptions = {},
): Promise<{ server: ApiServer; faults: ApiFaults }> {
  const faults = new ApiFaults();
  const running = await startApiServer({ intercept: faults.intercept, ...options });
  afterwards(() => running.stop());
  return { server: running, faults };
}

/** A connection with a kubeconfig of its own, until the test ends. */
export async function connected(kubeconfig: string, options: ClusterOptions = {}): Promise<ApiCluster> {
  const file = join(await folder(), 'config');
  await writeFile(file, kubeconfig);
  const cluster = await connectCluster({ kubeconfig: file, env: { PATH: process.env.PATH }, ...options });
  afterwards(() => cluster.close());
  return cluster;
}

/** The two ways in which a cluster is talked to, for `describe.each`: both keep the same promises. */
export const WAYS = (
  [
    ['many requests', {}],
    ['few requests', { brief: true }],
  ] as const
).map(
  ([name, way]) =>
    [
      name,
      (kubeconfig: string, options: ClusterOptions = {}) => connected(kubeconfig, { ...way, ...options }),
    ] as const,
);

export async function fill(
  target: ApiServer,
  count: number,
  data: Record<string, string> = {},
): Promise<void> {
  const cluster = target.local();
  for (let index = 0; index < count; index++) {
    const name = `filler-${String(index).padStart(5, '0')}`;
    const metadata = { name, namespace: 'default', labels: { app: 'filler' } };
    await cluster.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
  }
}
