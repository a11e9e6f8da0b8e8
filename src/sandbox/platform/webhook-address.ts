import type { Rule } from '../controllers/rule.ts';
import { KINDS } from '../kinds.ts';

/** Where the webhooks of a server outside the cluster are. */
export interface WebhookAddress {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  /** PEM, base64. */
  readonly caBundle: string;
}

/**
 * Points Korifi's webhook configurations at a server outside the cluster, as cert-manager's injector fills in
 * the CA: needed where a real API server is to call webhooks of this process.
 */
export function webhookAddress({ url, caBundle }: WebhookAddress): Rule[] {
  return [KINDS.MutatingWebhookConfiguration, KINDS.ValidatingWebhookConfiguration].map(kind => ({
    name: kind.kind,
    kind,
    async reconcile(configuration, world) {
      if (!configuration.metadata.name.startsWith('korifi-')) return;
      const webhooks = configuration.webhooks.map((webhook: { name: string }) => ({
        ...webhook,
        clientConfig: { url: `${url}/${webhook.name}`, caBundle, service: null },
      }));
      const here = configuration.webhooks.every(
        (webhook: { clientConfig: { url?: string } }) => webhook.clientConfig.url?.startsWith(url) ?? false,
      );
      if (!here) await world.merge(kind, configuration, { webhooks });
    },
  }));
}
