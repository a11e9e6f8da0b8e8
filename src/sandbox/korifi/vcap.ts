import type { KubeObject } from '../../base/object.ts';
import type { World } from '../controllers/world.ts';
import { KINDS } from '../kinds.ts';
import { credentialsOf } from './credentials.ts';

/** VCAP_APPLICATION, what an app knows of itself. */
export function vcapApplication(
  world: World,
  app: KubeObject,
  home: { org: KubeObject; space: KubeObject },
): object {
  const uris = world
    .in(KINDS.CFRoute, app.metadata.namespace)
    .filter(route =>
      route.spec.destinations?.some(
        (to: { appRef: { name: string } }) => to.appRef.name === app.metadata.name,
      ),
    )
    .map(route => route.status?.uri)
    .filter(Boolean)
    .sort();
  return {
    application_id: app.metadata.name,
    application_name: app.spec.displayName,
    name: app.spec.displayName,
    organization_id: home.org.metadata.name,
    organization_name: home.org.spec.displayName,
    space_id: home.space.metadata.name,
    space_name: home.space.spec.displayName,
    uris,
    application_uris: uris,
  };
}

/** VCAP_SERVICES: the credentials of every service that is bound to the app. */
export function vcapServices(world: World, app: KubeObject): object {
  const { name, namespace } = app.metadata;
  const bindings = world
    .in(KINDS.CFServiceBinding, namespace)
    .filter(({ spec }) => spec.appRef.name === name);
  const services = bindings.flatMap(binding => {
    const instance = world.find(KINDS.CFServiceInstance, namespace, binding.spec.service.name);
    const { envSecretRef } = binding.status ?? {};
    const secret = world.find(KINDS.Secret, namespace, envSecretRef?.name ?? instance?.spec.secretName ?? '');
    if (instance === undefined || secret === undefined) return [];
    return [
      {
        name: binding.spec.displayName ?? instance.spec.displayName,
        instance_name: instance.spec.displayName,
        instance_guid: instance.metadata.name,
        binding_guid: binding.metadata.name,
        label: instance.spec.serviceLabel ?? 'user-provided',
        tags: instance.spec.tags ?? [],
        credentials: credentialsOf(secret) ?? decoded(secret.data ?? {}),
      },
    ];
  });
  services.sort((a, b) => a.binding_guid.localeCompare(b.binding_guid));
  return Object.groupBy(services, ({ label }) => label);
}

function decoded(data: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
}
