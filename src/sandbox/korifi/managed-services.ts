import type { KubeObject } from '../../base/object.ts';
import { Broker } from '../broker/client.ts';
import { isTrue } from '../controllers/conditions.ts';
import { Unwatched } from '../controllers/rule.ts';
import { controlledBy, type World } from '../controllers/world.ts';
import { KINDS } from '../kinds.ts';
import { korifiConfig } from './config.ts';
import { credentialsData, credentialsOf, mountedData } from './credentials.ts';
import type { Outcome } from './later-services.ts';
import { LABEL } from './names.ts';

/** What a managed service hangs on. */
interface Assets {
  readonly plan: KubeObject;
  readonly offering: KubeObject;
  readonly broker: Broker;
}

/**
 * A managed instance that is not Ready is provided by its broker as soon as its plan may be seen: a restore that
 * brings it back without status has the service made again.
 */
export async function provision(world: World, instance: KubeObject): Promise<Outcome> {
  const assets = assetsOf(world, instance);
  if (assets === undefined)
    return { ready: { reason: 'UnknownError', message: 'failed to get service plan' } };
  if (isTrue(instance, 'Ready')) return { ready: true };
  const { plan, offering, broker } = assets;
  if (!isVisible(world, plan, instance)) {
    return { ready: { reason: 'InvalidServicePlan', message: 'The service plan is disabled' } };
  }
  if (instance.spec.serviceLabel === undefined) {
    await world.merge(KINDS.CFServiceInstance, instance, { spec: { serviceLabel: offering.spec.name } });
  }
  await broker.provision(instance.metadata.name, idsOf(assets));
  const lastOperation = { type: 'create', state: 'succeeded' };
  return { status: { lastOperation, maintenanceInfo: plan.spec.maintenanceInfo }, ready: true };
}

/** A binding without both its secrets is bound again, with credentials that the broker makes then. */
export async function bind(world: World, binding: KubeObject, instance: KubeObject): Promise<Outcome> {
  const assets = assetsOf(world, instance);
  if (assets === undefined)
    return { ready: { reason: 'UnknownError', message: 'failed to get service plan' } };
  const { envSecretRef, mountSecretRef } = binding.status ?? {};
  if (envSecretRef?.name && mountSecretRef?.name) return { ready: true };
  const { name, namespace } = binding.metadata;
  const credentials = await assets.broker.bind(instance.metadata.name, name, idsOf(assets));
  const common = { ...(namespace && { namespace }), ownerReferences: [controlledBy(binding)] };
  await world.ensure(KINDS.Secret, { metadata: { name, ...common }, data: credentialsData(credentials) });
  if (binding.spec.type === 'key') return { status: { envSecretRef: { name } }, ready: true };
  const mounted = `${name}-sbio`;
  await world.ensure(KINDS.Secret, {
    metadata: { name: mounted, ...common },
    type: 'servicebinding.io/managed',
    data: mountedData(credentials, 'managed'),
  });
  return { status: { envSecretRef: { name }, mountSecretRef: { name: mounted } }, ready: true };
}

/** @throws Unwatched while the plan or the broker is not there: the instance hangs. */
export async function deprovision(world: World, instance: KubeObject): Promise<void> {
  const assets = assetsOf(world, instance);
  if (assets === undefined) throw new Unwatched('failed to get service instance assets');
  await assets.broker.deprovision(instance.metadata.name, idsOf(assets));
}

export async function unbind(world: World, binding: KubeObject, instance: KubeObject): Promise<void> {
  const assets = assetsOf(world, instance);
  if (assets === undefined) throw new Unwatched('failed to get service binding assets');
  await assets.broker.unbind(instance.metadata.name, binding.metadata.name, idsOf(assets));
}

function assetsOf(world: World, { spec }: KubeObject): Assets | undefined {
  const root = korifiConfig(world)?.rootNamespace;
  const plan = world.find(KINDS.CFServicePlan, root, spec.planGuid);
  const offering = world.find(KINDS.CFServiceOffering, root, labelOf(plan, LABEL.offering));
  const broker = world.find(KINDS.CFServiceBroker, root, labelOf(plan, LABEL.broker));
  if (plan === undefined || offering === undefined || broker === undefined) return undefined;
  const client = brokerClient(world, broker);
  return client && { plan, offering, broker: client };
}

/** A client with the broker's own login; undefined while its secret is missing. */
export function brokerClient(world: World, { metadata, spec }: KubeObject): Broker | undefined {
  const secret = world.find(KINDS.Secret, metadata.namespace, spec.credentials.name);
  const login = secret && credentialsOf(secret);
  return (
    login && new Broker(spec.url, { username: String(login.username), password: String(login.password) })
  );
}

function labelOf(plan: KubeObject | undefined, name: string): string {
  return plan?.metadata.labels?.[name] ?? '';
}

function idsOf({ plan, offering }: Assets): { service_id: string; plan_id: string } {
  return { service_id: offering.spec.brokerCatalog.id, plan_id: plan.spec.brokerCatalog.id };
}

function isVisible(world: World, { spec }: KubeObject, { metadata }: KubeObject): boolean {
  const { type, organizations = [] } = spec.visibility;
  if (type !== 'organization') return type === 'public';
  const space = world.all(KINDS.CFSpace).find(({ metadata: { name } }) => name === metadata.namespace);
  return organizations.includes(space?.metadata.namespace);
}
