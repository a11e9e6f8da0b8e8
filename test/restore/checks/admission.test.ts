import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ApiCluster, connectCluster } from '../../../src/cluster/client.ts';
import { tryAdmission } from '../../../src/restore/checks/admission.ts';
import { checkWebhooks } from '../../../src/restore/checks/webhooks.ts';
import { KINDS } from '../../../src/sandbox/kinds.ts';
import { failing, missing, writes } from '../../faults/apiserver.ts';
import { altered } from '../../support/altered.ts';
import { type Stage, startStage, TINY } from '../../support/embedded.ts';

const KINDS_MADE = new Set(['CFOrg', 'CFSpace', 'CFApp', 'CFDomain', 'CFServiceInstance']);
const HOOKS = 'korifi-controllers-validating-webhook-configuration';

describe("Korifi's webhooks", () => {
  let target: Stage;
  let cluster: ApiCluster;
  const tried = async () => tryAdmission(cluster, await cluster.discover(), 'cf');

  beforeAll(async () => {
    target = await startStage({ name: 'target', landscape: TINY });
    cluster = await connectCluster({ kubeconfig: target.kubeconfigFile });
  }, 60_000);
  afterAll(async () => {
    await cluster?.close();
    await target?.stop();
  });
  beforeEach(() => target.faults.clear());

  it('are there when they refuse an org outside of the root namespace, and nothing is written for that', async () => {
    const before = target.server.storage.revision;
    expect(await tried()).toEqual({ answer: 'refused' });
    expect(target.server.storage.revision).toBe(before);
  });

  it('do not answer when creating fails in the server', async () => {
    // Any other 5xx would be tried again for minutes.
    target.faults.api.add(writes, failing(501, 'failed calling webhook "vcforg"'));
    expect(await tried()).toEqual({ answer: 'none', reason: expect.stringContaining('vcforg') });
  });

  it('are not all installed when an org gets no finalizer', async () => {
    const bare = altered(cluster, {
      create: async (...args) => {
        const { finalizers: _, ...metadata } = (await cluster.create(...args)).metadata;
        return { ...args[1], metadata };
      },
    });
    expect(await tryAdmission(bare, await cluster.discover(), 'cf')).toEqual({ answer: 'left bare' });
  });

  describe('of all kinds', () => {
    const lacking = async () =>
      (
        await checkWebhooks({
          cluster,
          surface: await cluster.discover(),
          rootNamespace: 'cf',
          kinds: KINDS_MADE,
        })
      ).map(({ code, subject }) => `${code}: ${subject}`);
    /** What is lacking while a webhook configuration is otherwise. */
    async function foundWithout(
      kind: 'ValidatingWebhookConfiguration' | 'MutatingWebhookConfiguration',
      name: string,
      change: (webhooks: { name: string }[]) => object[],
    ): Promise<string[]> {
      const live = await cluster.get(KINDS[kind], undefined, name);
      const put = (webhooks: object[]) =>
        cluster.patch(KINDS[kind], undefined, name, { type: 'merge', body: { webhooks } });
      await put(change(live?.webhooks));
      const found = await lacking();
      await put(live?.webhooks);
      return found;
    }

    it('are there, and nothing is written to find out', async () => {
      const before = target.server.storage.revision;
      expect(await lacking()).toEqual([]);
      expect(target.server.storage.revision).toBe(before);
    });

    it.each(['vcfapp', 'vcfserviceinstance', 'vcfdomain'])('are missed without %s', async missing => {
      const without = (webhooks: { name: string }[]) =>
        webhooks.filter(({ name }) => !name.startsWith(`${missing}.`));
      const found = await foundWithout('ValidatingWebhookConfiguration', HOOKS, without);
      expect(found).toEqual([
        expect.stringMatching(new RegExp(`^webhooks-missing: ${missing.slice(1)}$`, 'i')),
      ]);
    });

    it("are missed without the runner's configuration", async () => {
      const name = 'korifi-statefulset-runner-mutating-webhook-configuration';
      const found = await foundWithout('MutatingWebhookConfiguration', name, () => []);
      expect(found).toEqual(['webhooks-missing: AppWorkload']);
    });

    it('are not asked of a runner that is not in use', async () => {
      const name = 'korifi-statefulset-runner-mutating-webhook-configuration';
      target.faults.api.add(({ path }) => path.endsWith('/runnerinfos/statefulset-runner'), missing, 2);
      expect(await foundWithout('MutatingWebhookConfiguration', name, () => [])).toEqual([]);
      target.faults.clear();
    });

    it("do not answer where v0.8's runner cannot see the pods of apps", async () => {
      const isProbe: typeof writes = request => writes(request) && request.path.endsWith('/pods');
      target.faults.api.add(isProbe, failing(501, 'failed calling webhook "mstspod"'));
      expect(await lacking()).toEqual(['webhooks-silent: Pod']);
    });

    it("are missed without the builder's configuration", async () => {
      const name = 'korifi-kpack-image-builder-mutating-webhook-configuration';
      await cluster.delete(KINDS.MutatingWebhookConfiguration, undefined, name);
      expect(await lacking()).toEqual(['webhooks-missing: BuildWorkload']);
    });

    it("do not answer where the runner's certificate is wrong", async () => {
      const isProbe: typeof writes = request => writes(request) && request.path.endsWith('/appworkloads');
      target.faults.api.add(isProbe, failing(501, 'x509: certificate signed by unknown authority'));
      expect(await lacking()).toContain('webhooks-silent: AppWorkload');
    });
  });

  it('are not installed when they let it through', async () => {
    await cluster.delete(KINDS.ValidatingWebhookConfiguration, undefined, HOOKS);
    expect(await tried()).toEqual({ answer: 'let through' });
  });
});
