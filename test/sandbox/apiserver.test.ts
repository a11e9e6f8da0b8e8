import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectCluster } from '../../src/cluster/client.ts';
import { startApiServer } from '../../src/sandbox/apiserver/server.ts';
import { apiServerContract } from './apiserver.contract.ts';

apiServerContract('embedded, over HTTP', async () => {
  const server = await startApiServer();
  const folder = await mkdtemp(join(tmpdir(), 'asa-backup-apiserver-'));
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, server.kubeconfig());
  const cluster = await connectCluster({ kubeconfig });
  return {
    cluster,
    stop: async () => {
      await cluster.close();
      await server.stop();
      await rm(folder, { recursive: true });
    },
  };
});

apiServerContract('embedded, in process', async () => {
  const server = await startApiServer();
  return { cluster: server.local(), stop: () => server.stop() };
});
