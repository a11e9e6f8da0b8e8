import type { KubeObject } from '../../src/base/object.ts';
import type { ApiResource, Cluster, Patch } from '../../src/cluster/cluster.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';
import type { WebhookServer } from './webhook-server.ts';

interface Webhook {
  readonly name: string;
  readonly clientConfig: { readonly service?: object; readonly url?: string };
}

/**
 * The cluster for those who install webhooks on it: there are no Services behind which anything runs, so a webhook
 * that is said to be behind one is put to the server of the test instead, with its authority, as the network and
 * cert-manager would do together.
 */
export function withServiceNetwork(
  cluster: Cluster,
  server: Pick<WebhookServer, 'url' | 'caBundle'>,
): Cluster {
  const configurations: readonly string[] = [
    KINDS.MutatingWebhookConfiguration.kind,
    KINDS.ValidatingWebhookConfiguration.kind,
  ];
  const routed = <T extends object>({ kind }: ApiResource, written: T): T => {
    const { webhooks } = written as Partial<KubeObject>;
    if (!configurations.includes(kind) || webhooks === undefined) return written;
    const hook = kind === KINDS.MutatingWebhookConfiguration.kind ? MUTATING : undefined;
    return { ...written, webhooks: webhooks.map((webhook: Webhook) => here(webhook, hook, server)) };
  };
  return new Proxy(cluster, {
    get(target, property) {
      if (property === 'create') {
        const create: Cluster['create'] = (kind, object, options) =>
          target.create(kind, routed(kind, object), options);
        return create;
      }
      if (property === 'patch') {
        const patch: Cluster['patch'] = (kind, namespace, name, change, options) => {
          const body = routed(kind, change.body);
          return target.patch(kind, namespace, name, { ...change, body } as Patch, options);
        };
        return patch;
      }
      const value = Reflect.get(target, property);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** One hook does what all mutating webhooks of Korifi do, each time it is called. */
const MUTATING = 'mcf.korifi.cloudfoundry.org';

function here(
  webhook: Webhook,
  hook: string | undefined,
  { url, caBundle }: Pick<WebhookServer, 'url' | 'caBundle'>,
): Webhook {
  const { service, ...clientConfig } = webhook.clientConfig;
  if (service === undefined) return webhook;
  return {
    ...webhook,
    clientConfig: { ...clientConfig, url: `${url}/${hook ?? webhook.name}`, caBundle } as object,
  };
}
