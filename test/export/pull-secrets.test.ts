import { describe, expect, it } from 'vitest';
import { BlobSpool } from '../../src/archive/blob-spool.ts';
import type { KubeObject } from '../../src/base/object.ts';
import type { ApiResource, ApiSurface, Cluster } from '../../src/cluster/cluster.ts';
import { collect } from '../../src/export/collect.ts';

const SECRETS = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true };

function login(namespace: string, user: string): KubeObject {
  const config = JSON.stringify({ auths: { 'registry.example.com': { username: user, password: 'x' } } });
  const data = { '.dockerconfigjson': Buffer.from(config).toString('base64') };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: user, uid: user }, data };
}

/** A cluster that serves Secrets and nothing else. */
function clusterOf(secrets: readonly KubeObject[]): Cluster {
  const find = (_: string, kind: string) => (kind === 'Secret' ? (SECRETS as ApiResource) : undefined);
  const surface: ApiSurface = { find, silence: () => undefined, broken: new Map() };
  async function* list() {
    for (const secret of secrets) yield [structuredClone(secret)];
  }
  return { discover: async () => surface, list } as Partial<Cluster> as Cluster;
}

describe('the logins of a foundation', () => {
  it('are those of its operators first, and then those of its users', async () => {
    const guid = 'abf12461-1566-404a-8867-7a08d8a89c03';
    const secrets = [login(`cf-space-${guid}`, 'ann'), login(guid, 'ben'), login('tap-install', 'joe')];
    const told: string[] = [];
    const nothing = () => undefined;
    await collect({
      ...{ cluster: clusterOf(secrets), store: new BlobSpool(undefined), sealer: undefined, redact: false },
      ...{ selection: undefined, report: nothing, onAuthority: nothing },
      onPullSecret: config => void told.push(JSON.parse(config).auths['registry.example.com'].username),
    });
    expect(told).toEqual(['joe', 'ann', 'ben']);
  });
});
