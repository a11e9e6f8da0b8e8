import { connectCluster } from '../../src/cluster/client.ts';
import type { ApiResource, Cluster } from '../../src/cluster/cluster.ts';
import type { AdmissionHook } from '../../src/sandbox/apiserver/admission.ts';
import { admissionContract } from '../sandbox/apiserver-admission.contract.ts';
import { object, until, WIDGETS } from '../sandbox/contract-kinds.ts';
import { startWebhookServer, type WebhookServer } from '../support/webhook-server.ts';
import { startTestbed } from '../testbed/testbed.ts';

const CONFIGURATIONS: ApiResource = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural: 'mutatingwebhookconfigurations',
  kind: 'MutatingWebhookConfiguration',
  namespaced: false,
};

admissionContract('kube-apiserver', async () => {
  const testbed = await startTestbed();
  const cluster = await connectCluster({ kubeconfig: testbed.kubeconfig, patienceMs: 2_000 });
  const hooks: AdmissionHook[] = [];
  const webhooks = await startWebhookServer(hooks, testbed.certificates);
  return {
    cluster,
    admit: hook => plug(cluster, hooks, webhooks, hook),
    stop: async () => {
      await cluster.close();
      await webhooks.stop();
      await testbed.stop();
    },
  };
});

/** Installs the hook, and waits until the API server asks it, or after its removal asks it no more. */
async function plug(
  cluster: Cluster,
  hooks: AdmissionHook[],
  webhooks: WebhookServer,
  hook: AdmissionHook,
): Promise<() => Promise<void>> {
  let probes = 0;
  hooks.push({
    ...hook,
    admit: request => {
      if (request.name === 'probe') probes += 1;
      return hook.admit(request);
    },
  });
  const probe = async (): Promise<boolean> => {
    const before = probes;
    await cluster.create(WIDGETS, object(WIDGETS, { name: 'probe', namespace: 'default' }), { dryRun: true });
    return probes > before;
  };
  await cluster.create(CONFIGURATIONS, configuration(hook.name, webhooks));
  await until(probe);
  return async () => {
    await cluster.delete(CONFIGURATIONS, undefined, hook.name);
    await until(async () => !(await probe()));
    hooks.length = 0;
  };
}

function configuration(name: string, { url, caBundle }: WebhookServer) {
  const webhook = {
    name,
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    reinvocationPolicy: 'Never',
    timeoutSeconds: 10,
    clientConfig: { url: `${url}/${name}`, caBundle },
    rules: [
      {
        apiGroups: [WIDGETS.group],
        apiVersions: ['*'],
        operations: ['CREATE', 'UPDATE', 'DELETE'],
        resources: ['widgets', 'widgets/status'],
      },
    ],
  };
  return object(CONFIGURATIONS, { name }, { webhooks: [webhook] });
}
