import { startApiServer } from '../../src/sandbox/apiserver/server.ts';
import { admissionContract } from './apiserver-admission.contract.ts';

admissionContract('embedded', async () => {
  const server = await startApiServer();
  return {
    cluster: server.local(),
    admit: async hook => {
      const unplug = server.admit(hook);
      return async () => unplug();
    },
    stop: () => server.stop(),
  };
});
