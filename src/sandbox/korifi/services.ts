import type { KubeObject } from '../../base/object.ts';
import { type Decision, decide, isTrue } from '../controllers/conditions.ts';
import { type Rule, Unwatched } from '../controllers/rule.ts';
import { controlledBy, type World } from '../controllers/world.ts';
import { KINDS } from '../kinds.ts';
import { korifiConfig } from './config.ts';
import { reconcileBinding, reconcileInstance } from './later-services.ts';

/** A user-provided service is ready when its secret is there; of later Korifi, see later-services.ts. */
export const serviceInstances: Rule = {
  name: 'CFServiceInstance',
  kind: KINDS.CFServiceInstance,
  async reconcile(instance, world) {
    const release = korifiConfig(world)?.release;
    if (release === undefined) return;
    if (release.patching) return reconcileInstance(world, instance);
    if (instance.metadata.deletionTimestamp !== undefined) return;
    const { secretName } = instance.spec;
    const secret = world.find(KINDS.Secret, instance.metadata.namespace, secretName);
    await world.status(KINDS.CFServiceInstance, instance, {
      observedGeneration: instance.metadata.generation,
      ...(secret && { binding: { name: secretName } }),
      conditions: decide(instance, [available('BindingSecretAvailable', secret !== undefined)]),
    });
  },
};

/** A binding belongs to its instance, and needs the instance's secret and the app's VCAP_SERVICES. */
export const serviceBindings: Rule = {
  name: 'CFServiceBinding',
  kind: KINDS.CFServiceBinding,
  async reconcile(found, world) {
    const release = korifiConfig(world)?.release;
    if (release === undefined) return;
    if (release.patching) return reconcileBinding(world, found);
    if (found.metadata.deletionTimestamp !== undefined) return;
    const { namespace } = found.metadata;
    const { name: instanceName } = found.spec.service;
    const instance = world.find(KINDS.CFServiceInstance, namespace, instanceName);
    if (instance === undefined)
      throw new Unwatched(`error when fetching CFServiceInstance "${instanceName}"`);
    const binding = await world.own(KINDS.CFServiceBinding, found, instance);
    const app = world.find(KINDS.CFApp, namespace, binding.spec.appRef.name);
    const secret = isTrue(instance, 'BindingSecretAvailable') ? instance.status.binding.name : undefined;
    const vcap = app?.status?.vcapServicesSecretName !== undefined;
    if (secret !== undefined && vcap) await project(world, binding, instance);
    await world.status(KINDS.CFServiceBinding, binding, {
      observedGeneration: binding.metadata.generation,
      ...(secret && { binding: { name: secret } }),
      conditions: decide(binding, [
        available('BindingSecretAvailable', secret !== undefined),
        available('VCAPServicesSecretAvailable', vcap),
      ]),
    });
  },
};

function available(type: string, there: boolean): Decision {
  return there
    ? { type, status: 'True', reason: 'SecretFound' }
    : { type, status: 'False', reason: 'SecretNotFound' };
}

async function project(world: World, binding: KubeObject, instance: KubeObject): Promise<void> {
  const { name, namespace } = binding.metadata;
  await world.ensure(KINDS.ServiceBinding, {
    metadata: {
      name: `cf-binding-${name}`,
      ...(namespace && { namespace }),
      ownerReferences: [controlledBy(binding)],
    },
    spec: {
      name: binding.spec.displayName ?? instance.spec.displayName,
      type: 'user-provided',
      service: { apiVersion: binding.apiVersion, kind: 'CFServiceBinding', name },
    },
  });
}
