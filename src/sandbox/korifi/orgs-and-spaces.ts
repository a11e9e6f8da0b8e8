import type { KubeObject } from '../../base/object.ts';
import type { ApiResource } from '../../cluster/cluster.ts';
import { decide } from '../controllers/conditions.ts';
import { type Rule, Unwatched } from '../controllers/rule.ts';
import type { World } from '../controllers/world.ts';
import { KINDS } from '../kinds.ts';
import { finalizerOf, type KorifiConfig, korifiConfig } from './config.ts';
import {
  MissingSecret,
  propagateRoleBindings,
  propagateSecrets,
  propagateServiceAccounts,
} from './propagation.ts';

// v0.8.1 writes this constant as the name's label, later ones a hash of it; the name itself is an annotation.
const DEPRECATED = 'XXX-deprecated-XXX';

/** A CFOrg becomes a namespace with the registry's secrets and the propagated roles in it. */
export const orgs: Rule = {
  name: 'CFOrg',
  kind: KINDS.CFOrg,
  async reconcile(org, world) {
    const config = korifiConfig(world);
    if (config === undefined) return;
    if (org.metadata.deletionTimestamp !== undefined) return finalize(world, KINDS.CFOrg, org);
    const { orgGuid, orgName } = config.release.homeLabels;
    await levelBelow(world, config, KINDS.CFOrg, org, {
      labels: { [orgGuid]: org.metadata.name, [orgName]: DEPRECATED },
      annotations: { [orgName]: org.spec.displayName },
    });
  },
};

/** A CFSpace likewise, with the root's service accounts; deleting it deletes its apps first. */
export const spaces: Rule = {
  name: 'CFSpace',
  kind: KINDS.CFSpace,
  async reconcile(space, world) {
    const config = korifiConfig(world);
    if (config === undefined) return;
    const { name } = space.metadata;
    if (space.metadata.deletionTimestamp !== undefined) {
      const apps = world.in(KINDS.CFApp, name);
      for (const app of apps) await world.delete(KINDS.CFApp, app);
      return apps.length === 0 ? finalize(world, KINDS.CFSpace, space) : undefined;
    }
    const { spaceGuid, spaceName } = config.release.homeLabels;
    const namespace = {
      labels: { [spaceGuid]: name, [spaceName]: DEPRECATED },
      annotations: { [spaceName]: space.spec.displayName },
    };
    await levelBelow(world, config, KINDS.CFSpace, space, namespace, () =>
      propagateServiceAccounts(world, config.registrySecrets, config.rootNamespace, name),
    );
  },
};

async function levelBelow(
  world: World,
  config: KorifiConfig,
  kind: ApiResource,
  object: KubeObject,
  metadata: object,
  more: () => Promise<void> = async () => {},
): Promise<void> {
  const { name, namespace: parent = config.rootNamespace } = object.metadata;
  const decided = (status: 'True' | 'False', reason: string, message = '') =>
    world.status(kind, object, {
      guid: name,
      observedGeneration: object.metadata.generation,
      conditions: decide(object, [{ type: 'Ready', status, reason, message }]),
    });
  // A namespace that is there already is adopted.
  await world.ensure(KINDS.Namespace, { metadata: { name, ...metadata } });
  try {
    await propagateSecrets(world, config.registrySecrets, parent, name);
  } catch (error) {
    if (!(error instanceof MissingSecret)) throw error;
    await decided('False', 'RegistrySecretPropagation', error.message);
    throw new Unwatched(error.message);
  }
  await propagateRoleBindings(world, parent, name);
  await more();
  await decided('True', 'Ready');
}

/** Deletes the namespace, waits until it is gone, lets go. */
async function finalize(world: World, kind: ApiResource, object: KubeObject): Promise<void> {
  const namespace = world.find(KINDS.Namespace, undefined, object.metadata.name);
  if (namespace !== undefined) return world.delete(KINDS.Namespace, namespace);
  await world.dropFinalizer(kind, object, finalizerOf(world, kind.kind));
}

/** The namespace of an object belongs to the space and org of these names. */
export function homeOf(world: World, app: KubeObject): { org: KubeObject; space: KubeObject } | undefined {
  const space = world.all(KINDS.CFSpace).find(({ metadata }) => metadata.name === app.metadata.namespace);
  const org = world.all(KINDS.CFOrg).find(({ metadata }) => metadata.name === space?.metadata.namespace);
  return space === undefined || org === undefined ? undefined : { org, space };
}
