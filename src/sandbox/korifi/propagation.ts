import type { KubeObject } from '../../base/object.ts';
import type { ApiResource } from '../../cluster/cluster.ts';
import type { World } from '../controllers/world.ts';
import { KINDS } from '../kinds.ts';
import { ANNOTATION, LABEL } from './names.ts';

/** Copies the registry secrets down one level; throws the name of one that the parent does not have. */
export async function propagateSecrets(world: World, names: readonly string[], from: string, to: string) {
  for (const name of names) {
    const source = world.find(KINDS.Secret, from, name);
    if (source === undefined)
      throw new MissingSecret(`error fetching secret "${name}" from namespace "${from}"`);
    // A secret that was put there with another type blocks the org: a Secret's type is immutable.
    await world.ensure(KINDS.Secret, {
      metadata: { name, namespace: to },
      type: source.type,
      data: source.data,
    });
  }
}

/** The parent namespace does not have a registry secret. */
export class MissingSecret extends Error {}

/** Role bindings marked for it go down one level, as labelled copies; a copy whose source is gone is deleted. */
export function propagateRoleBindings(world: World, from: string, to: string): Promise<void> {
  const copy = (source: KubeObject) => ({
    metadata: {
      name: source.metadata.name,
      namespace: to,
      labels: { [LABEL.propagatedFrom]: from },
      annotations: { [ANNOTATION.propagateRole]: 'true' },
    },
    roleRef: source.roleRef,
    subjects: source.subjects,
  });
  return propagate(world, KINDS.RoleBinding, ANNOTATION.propagateRole, from, to, copy);
}

/** The root namespace's service accounts go to every space, with the registry secrets only. */
export function propagateServiceAccounts(world: World, secrets: readonly string[], root: string, to: string) {
  const ours = (references: { name: string }[] | undefined) =>
    (references ?? []).filter(({ name }) => secrets.includes(name)).map(({ name }) => ({ name }));
  const copy = (source: KubeObject) => ({
    metadata: {
      name: source.metadata.name,
      namespace: to,
      labels: { [LABEL.propagatedFrom]: root },
      annotations: { [ANNOTATION.propagateServiceAccount]: 'true', [ANNOTATION.propagateDeletion]: 'false' },
    },
    secrets: ours(source.secrets),
    imagePullSecrets: ours(source.imagePullSecrets),
  });
  return propagate(world, KINDS.ServiceAccount, ANNOTATION.propagateServiceAccount, root, to, copy);
}

async function propagate(
  world: World,
  kind: ApiResource,
  mark: string,
  from: string,
  to: string,
  copy: (source: KubeObject) => Parameters<World['ensure']>[1],
): Promise<void> {
  const sources = world.in(kind, from).filter(({ metadata }) => metadata.annotations?.[mark] === 'true');
  for (const source of sources) await world.ensure(kind, copy(source));
  const names = new Set(sources.map(source => source.metadata.name));
  for (const live of world.in(kind, to)) {
    const { labels = {}, annotations = {}, name } = live.metadata;
    const copied =
      labels[LABEL.propagatedFrom] !== undefined && annotations[ANNOTATION.propagateDeletion] !== 'false';
    if (copied && !names.has(name)) await world.delete(kind, live);
  }
}
