import { connectCluster } from '../../src/cluster/client.ts';
import { apiServerContract } from '../sandbox/apiserver.contract.ts';
import { startTestbed } from '../testbed/testbed.ts';

apiServerContract('kube-apiserver', async () => {
  const testbed = await startTestbed();
  const cluster = await connectCluster({ kubeconfig: testbed.kubeconfig });
  return {
    cluster,
    stop: async () => {
      await cluster.close();
      await testbed.stop();
    },
  };
});
