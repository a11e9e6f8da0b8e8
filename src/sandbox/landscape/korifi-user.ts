import { createHash } from 'node:crypto';
import type { KubeObject } from '../../base/object.ts';
import type { ApiResource, Cluster } from '../../cluster/cluster.ts';
import { type Desired, ownedBy } from '../controllers/world.ts';
import type { ImageClient } from '../images/client.ts';
import { KINDS } from '../kinds.ts';
import { credentialsData } from '../korifi/credentials.ts';
import { LABEL } from '../korifi/names.ts';
import type { Release } from '../korifi/releases.ts';
import { apply } from '../platform/apply.ts';
import { layerOf } from '../registry/layer.ts';
import type { Random } from './random.ts';

/** What making CF objects needs: a user who does, through Korifi's API, what `cf` commands ask for. */
export interface KorifiUser {
  readonly cluster: Cluster;
  readonly images: ImageClient;
  readonly random: Random;
  readonly rootNamespace: string;
  /** The default domain and one that was added, as CFDomain names. */
  readonly domains: readonly [string, string];
  readonly release: Release;
  /** Where packages are pushed, and the secrets they are pulled with. */
  readonly prefix: string;
  readonly registrySecrets: readonly string[];
  /** Bytes of an app's source, about. */
  readonly appBytes: number;
}

/** Creates an object as the user. */
export function make({ cluster }: KorifiUser, kind: ApiResource, desired: Desired): Promise<KubeObject> {
  return apply(cluster, kind, desired);
}

/** `cf set-org-role` and `cf set-space-role`: a binding there, and one in the root namespace for the user. */
export async function grant(user: KorifiUser, namespace: string, role: string, name: string): Promise<void> {
  const bindings: [string, string, string, boolean][] = [
    [namespace, role, `korifi-controllers-${role.replaceAll('_', '-')}`, role === 'organization_manager'],
    [user.rootNamespace, 'cf_user', 'korifi-controllers-root-namespace-user', false],
  ];
  for (const [where, type, clusterRole, propagate] of bindings) {
    const rbac = { apiGroup: 'rbac.authorization.k8s.io' };
    await make(user, KINDS.RoleBinding, {
      metadata: {
        name: `cf-${createHash('sha256').update(`${type}::${name}`).digest('hex')}`,
        namespace: where,
        labels: { 'cloudfoundry.org/role-guid': user.random.for(`${where}${type}${name}`).guid() },
        annotations: { 'cloudfoundry.org/propagate-cf-role': String(propagate) },
      },
      roleRef: { ...rbac, kind: 'ClusterRole', name: clusterRole },
      subjects: [{ ...rbac, kind: 'User', name }],
    });
  }
}

/** `cf create-user-provided-service` */
export async function createService(
  user: KorifiUser,
  namespace: string,
  guid: string,
  name: string,
): Promise<void> {
  const password = user.random.for(guid).word(24);
  const later = user.release.patching;
  const secretName = later ? user.random.for(`credentials of ${guid}`).guid() : guid;
  const instance = await make(user, KINDS.CFServiceInstance, {
    metadata: { name: guid, namespace },
    spec: {
      displayName: name,
      type: 'user-provided',
      secretName,
      tags: [name.split('-').at(-1) ?? ''],
      ...(later && { planGuid: '', parameters: {} }),
    },
  });
  const credentials = { uri: `https://${name}.example.com`, username: 'app', password };
  await make(user, KINDS.Secret, {
    metadata: {
      name: secretName,
      namespace,
      labels: { 'korifi.cloudfoundry.org/service-instance-guid': guid },
      ownerReferences: [ownedBy(instance)],
    },
    ...(later
      ? { type: 'Opaque', data: credentialsData(credentials) }
      : {
          type: 'servicebinding.io/user-provided',
          data: encoded({ type: 'user-provided', ...credentials }),
        }),
  });
}

/** A pushed package: its source as an image, and the CFPackage that names it. A push without Procfile cannot be built. */
export async function pushPackage(
  user: KorifiUser,
  app: { guid: string; namespace: string },
  guid: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const random = user.random.for(guid);
  const bytes = Math.ceil(user.appBytes * (0.5 + random.below(1000) / 1000));
  const image = await user.images.push(
    `${user.prefix}${app.guid}-packages`,
    { layers: [layerOf({ ...files, 'app.bin': random.bytes(bytes) })] },
    [guid, 'latest'],
  );
  await make(user, KINDS.CFPackage, {
    metadata: { name: guid, namespace: app.namespace, labels: { [LABEL.appGuid]: app.guid } },
    spec: {
      type: 'bits',
      appRef: { name: app.guid },
      source: { registry: { image, imagePullSecrets: user.registrySecrets.map(name => ({ name })) } },
    },
  });
}

/** A Secret's `data` of plain values. */
export function encoded(values: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(values).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
  return Object.fromEntries(entries);
}
