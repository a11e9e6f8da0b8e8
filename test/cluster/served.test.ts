import { describe, expect, it } from 'vitest';
import { listWhereServed } from '../../src/cluster/served.ts';
import { everything, failing } from '../faults/apiserver.ts';
import { CONFIG_MAPS } from '../sandbox/contract-kinds.ts';
import { connected, fill, server } from './server.ts';

const { version: _, ...KIND } = CONFIG_MAPS;

async function listed(versions: readonly string[]) {
  const { server: api, faults } = await server();
  await fill(api, 3);
  const cluster = await connected(api.kubeconfig(), { brief: true });
  const objects = await listWhereServed(cluster, [{ ...KIND, versions }]);
  const calls = faults.calls.map(call => call.replace(/\?.*/, '')).sort();
  return {
    names: objects.map(({ metadata }) => metadata.name).filter(name => name.startsWith('filler')),
    calls,
  };
}

describe('a kind', () => {
  it('is listed where it should be, with no other question', async () => {
    const { names, calls } = await listed(['v1', 'v1beta1']);
    expect(names).toHaveLength(3);
    expect(calls).toEqual(['GET /api/v1/configmaps']);
  });

  it('is looked for in its other versions', async () => {
    const { names, calls } = await listed(['v9', 'v1']);
    expect(names).toHaveLength(3);
    expect(calls).toEqual(['GET /api', 'GET /api/v1/configmaps', 'GET /api/v9/configmaps', 'GET /apis']);
  });

  it('that is not served has no objects', async () => {
    expect((await listed(['v9'])).names).toEqual([]);
  });

  it('that cannot be listed is no kind without objects', async () => {
    const { server: api, faults } = await server();
    const cluster = await connected(api.kubeconfig(), { brief: true, patienceMs: 0 });
    faults.add(everything, failing(500), 100);
    await expect(listWhereServed(cluster, [{ ...KIND, versions: ['v1'] }])).rejects.toMatchObject({
      status: 500,
    });
  });
});
