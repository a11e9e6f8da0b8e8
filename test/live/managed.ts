import { randomUUID } from 'node:crypto';
import type { LiveBroker } from './broker.ts';
import { maker, ready, secret, waitFor } from './making.ts';
import type { LiveOrg } from './org.ts';
import type { Side } from './stage.ts';

/** A service of a broker that the org has, and what it hangs on in the root namespace. */
export interface Managed {
  readonly broker: string;
  readonly instance: string;
  readonly binding: string;
}

const BROKER_LABEL = 'korifi.cloudfoundry.org/rel-service-broker-guid';

/** Registers the broker, and has a service made by it and bound to the app that will run. */
export async function makeManaged(side: Side, org: LiveOrg, broker: LiveBroker): Promise<Managed> {
  const { cluster, korifi, resource } = side;
  const root = korifi.rootNamespace;
  const make = maker(side);
  const made: Managed = { broker: randomUUID(), instance: randomUUID(), binding: randomUUID() };
  const registered = await make('CFServiceBroker', made.broker, root, {
    name: org.name,
    url: broker.url,
    credentials: { name: made.broker },
  });
  await secret(side, root, made.broker, { credentials: JSON.stringify(broker.login) }, registered);
  await waitFor(side, 'CFServiceBroker', made.broker, root, ready);
  const [plan] = await plansOf(side, made.broker);
  if (plan === undefined) throw new Error(`${side.context} has no plans of the broker ${broker.url}`);
  const body = { spec: { visibility: { type: 'public' } } };
  await cluster.patch(resource('CFServicePlan'), root, plan, { type: 'merge', body });
  await make('CFServiceInstance', made.instance, org.space, {
    ...{ displayName: 'live-managed', type: 'managed', secretName: '', planGuid: plan },
  });
  await waitFor(side, 'CFServiceInstance', made.instance, org.space, ready);
  await make('CFServiceBinding', made.binding, org.space, {
    type: 'app',
    parameters: {},
    service: {
      apiVersion: 'korifi.cloudfoundry.org/v1alpha1',
      kind: 'CFServiceInstance',
      name: made.instance,
    },
    appRef: { name: org.started },
  });
  return made;
}

/** The names of the plans that Korifi made of a broker's catalog. */
async function plansOf(side: Side, broker: string): Promise<string[]> {
  const plans = await side.list('CFServicePlan', [side.korifi.rootNamespace]);
  return plans
    .filter(({ metadata }) => metadata.labels?.[BROKER_LABEL] === broker)
    .map(({ metadata }) => metadata.name)
    .sort();
}

/** What is wrong with the service on the target, and with what the broker was asked for; none when it was right. */
export async function checkManaged(
  source: Side,
  target: Side,
  { space }: LiveOrg,
  { binding }: Managed,
): Promise<string[]> {
  const data = async (side: Side, name: string) => {
    const found = await side.cluster.get(side.resource('Secret', ''), space, name);
    return found && JSON.stringify(found.data);
  };
  const problems: string[] = [];
  for (const name of [binding, `${binding}-sbio`]) {
    const [was, is] = await Promise.all([data(source, name), data(target, name)]);
    if (was === undefined || was !== is)
      problems.push(`the credentials in the Secret ${name} are not the source's`);
  }
  return problems;
}

/** Takes the broker away with what Korifi made of its catalog; the org with the service has to be gone. */
export async function removeBroker(side: Side, { broker }: Managed): Promise<void> {
  const { cluster, korifi, resource } = side;
  const root = korifi.rootNamespace;
  await cluster.delete(resource('CFServiceBroker'), root, broker);
  for (const kind of ['CFServicePlan', 'CFServiceOffering']) {
    for (const { metadata } of await side.list(kind, [root])) {
      if (metadata.labels?.[BROKER_LABEL] === broker)
        await cluster.delete(resource(kind), root, metadata.name);
    }
  }
}
