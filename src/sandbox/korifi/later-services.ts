import type { KubeObject } from '../../base/object.ts';
import { type Decision, decide } from '../controllers/conditions.ts';
import { controlledBy, type World } from '../controllers/world.ts';
import { KINDS } from '../kinds.ts';
import { finalizerOf } from './config.ts';
import { credentialsOf, mountedData } from './credentials.ts';
import { bind, deprovision, provision, unbind } from './managed-services.ts';
import { ANNOTATION } from './names.ts';

/** What a pass came to: fields of the status, and whether the object is ready; undefined when it only waits. */
export interface Outcome {
  readonly status?: object;
  readonly ready: true | { readonly reason: string; readonly message?: string };
}

/** A service instance of later Korifi: user-provided ones need a secret with a document, managed ones their broker. */
export async function reconcileInstance(world: World, instance: KubeObject): Promise<void> {
  if (instance.metadata.deletionTimestamp !== undefined) return finalizeInstance(world, instance);
  const managed = instance.spec.type === 'managed';
  const outcome = managed ? await provision(world, instance) : userProvided(world, instance);
  await conclude(world, KINDS.CFServiceInstance, instance, outcome);
}

/** A binding of later Korifi. Without its instance the pass fails, and leaves nothing but that it has looked. */
export async function reconcileBinding(world: World, found: KubeObject): Promise<void> {
  const { namespace, deletionTimestamp } = found.metadata;
  const instance = world.find(KINDS.CFServiceInstance, namespace, found.spec.service.name);
  if (deletionTimestamp !== undefined) return finalizeBinding(world, found, instance);
  if (instance === undefined) {
    return conclude(world, KINDS.CFServiceBinding, found, { ready: { reason: 'UnknownError' } });
  }
  const annotations = { [ANNOTATION.serviceInstanceType]: instance.spec.type };
  const binding = await world.merge(KINDS.CFServiceBinding, found, { metadata: { annotations } });
  const managed = instance.spec.type === 'managed';
  const outcome = managed
    ? await bind(world, binding, instance)
    : await bindUserProvided(world, binding, instance);
  await conclude(world, KINDS.CFServiceBinding, binding, outcome);
}

function userProvided(world: World, { metadata, spec }: KubeObject): Outcome {
  const secret = world.find(KINDS.Secret, metadata.namespace, spec.secretName);
  if (secret === undefined) return { ready: { reason: 'CredentialsSecretNotAvailable' } };
  if (credentialsOf(secret) === undefined) return { ready: { reason: 'SecretInvalid' } };
  const lastOperation = { type: 'create', state: 'succeeded' };
  return { status: { credentials: { name: spec.secretName }, lastOperation }, ready: true };
}

async function bindUserProvided(world: World, binding: KubeObject, instance: KubeObject): Promise<Outcome> {
  const { name, namespace } = binding.metadata;
  const secret = world.find(KINDS.Secret, namespace, instance.status?.credentials?.name ?? '');
  const credentials = secret && credentialsOf(secret);
  if (secret === undefined || credentials === undefined)
    return { ready: { reason: 'CredentialsSecretNotAvailable' } };
  await world.ensure(KINDS.Secret, {
    metadata: { name, ...(namespace && { namespace }), ownerReferences: [controlledBy(binding)] },
    type: `servicebinding.io/${credentials.type ?? 'user-provided'}`,
    data: mountedData(credentials, 'user-provided'),
  });
  return {
    status: { envSecretRef: { name: secret.metadata.name }, mountSecretRef: { name } },
    ready: true,
  };
}

async function conclude(
  world: World,
  kind: typeof KINDS.CFServiceInstance | typeof KINDS.CFServiceBinding,
  { metadata }: KubeObject,
  { status = {}, ready }: Outcome,
): Promise<void> {
  const object = world.find(kind, metadata.namespace, metadata.name);
  if (object === undefined) return;
  const decision: Decision =
    ready === true
      ? { type: 'Ready', status: 'True', reason: 'Ready' }
      : { type: 'Ready', status: 'False', ...ready };
  const observedGeneration = object.metadata.generation;
  await world.status(kind, object, { ...status, observedGeneration, conditions: decide(object, [decision]) });
}

/** An instance goes after its bindings; a managed one tells its broker, unless it is marked not to. */
async function finalizeInstance(world: World, instance: KubeObject): Promise<void> {
  const { name, namespace } = instance.metadata;
  const bindings = world
    .in(KINDS.CFServiceBinding, namespace)
    .filter(({ spec }) => spec.service.name === name);
  for (const binding of bindings) await world.delete(KINDS.CFServiceBinding, binding);
  if (bindings.length > 0) return;
  if (instance.spec.type === 'managed' && !isMarked(instance)) await deprovision(world, instance);
  await world.dropFinalizer(KINDS.CFServiceInstance, instance, finalizerOf(world, 'CFServiceInstance'));
}

async function finalizeBinding(
  world: World,
  binding: KubeObject,
  instance: KubeObject | undefined,
): Promise<void> {
  if (instance?.spec.type === 'managed' && !isMarked(instance)) await unbind(world, binding, instance);
  await world.dropFinalizer(KINDS.CFServiceBinding, binding, finalizerOf(world, 'CFServiceBinding'));
}

function isMarked({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[ANNOTATION.deprovisionWithoutBroker] === 'true';
}
