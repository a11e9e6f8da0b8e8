import { reasonOf } from '../../base/errors.ts';
import type { KubeObject } from '../../base/object.ts';
import type { Catalog } from '../broker/client.ts';
import { decide, isTrue } from '../controllers/conditions.ts';
import { type Rule, Unwatched } from '../controllers/rule.ts';
import type { World } from '../controllers/world.ts';
import { KINDS } from '../kinds.ts';
import { korifiConfig } from './config.ts';
import { brokerClient } from './managed-services.ts';
import { LABEL } from './names.ts';
import { namespacedUuid } from './releases.ts';

/**
 * A broker is asked for its catalog; offerings and plans are made from it under names that follow from the broker's.
 * A plan keeps who may see it, but not in which orgs: those are lost with every look at the catalog.
 */
export const brokers: Rule = {
  name: 'CFServiceBroker',
  kind: KINDS.CFServiceBroker,
  async reconcile(broker, world) {
    if (korifiConfig(world)?.release.patching !== true || broker.metadata.deletionTimestamp !== undefined)
      return;
    const secret = world.find(KINDS.Secret, broker.metadata.namespace, broker.spec.credentials.name);
    const credentialsObservedVersion = secret?.metadata.resourceVersion;
    const { observedGeneration, credentialsObservedVersion: observed } = broker.status ?? {};
    const seen = observedGeneration === broker.metadata.generation && observed === credentialsObservedVersion;
    if (seen && isTrue(broker, 'Ready')) return;
    const decided = (status: 'True' | 'False', reason: string, message = '') =>
      world.status(KINDS.CFServiceBroker, broker, {
        observedGeneration: broker.metadata.generation,
        ...(credentialsObservedVersion && { credentialsObservedVersion }),
        conditions: decide(broker, [{ type: 'Ready', status, reason, message }]),
      });
    const client = brokerClient(world, broker);
    if (client === undefined) return void (await decided('False', 'CredentialsSecretNotAvailable'));
    try {
      await adopt(world, broker, await client.catalog());
    } catch (error) {
      await decided('False', 'GetCatalogFailed', reasonOf(error));
      throw new Unwatched(reasonOf(error));
    }
    await decided('True', 'Ready');
  },
};

async function adopt(world: World, broker: KubeObject, { services }: Catalog): Promise<void> {
  const { name, namespace } = broker.metadata;
  const place = { ...(namespace && { namespace }) };
  for (const service of services) {
    const offering = namespacedUuid(name, service.id);
    await world.ensure(KINDS.CFServiceOffering, {
      metadata: { name: offering, ...place, labels: { [LABEL.broker]: name } },
      spec: { name: service.name, description: service.description, brokerCatalog: { id: service.id } },
    });
    for (const plan of service.plans) {
      const planName = namespacedUuid(name, plan.id);
      const type = world.find(KINDS.CFServicePlan, namespace, planName)?.spec.visibility?.type ?? 'admin';
      await world.ensure(KINDS.CFServicePlan, {
        metadata: {
          name: planName,
          ...place,
          labels: { [LABEL.broker]: name, [LABEL.offering]: offering },
        },
        spec: {
          name: plan.name,
          free: plan.free,
          brokerCatalog: { id: plan.id, features: { bindable: true, planUpdateable: false } },
          maintenanceInfo: { version: '' },
          visibility: { type, organizations: null },
        },
      });
    }
  }
}
