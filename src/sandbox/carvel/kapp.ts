import { createHash } from 'node:crypto';
import type { KubeObject } from '../../base/object.ts';
import type { ApiResource } from '../../cluster/cluster.ts';
import type { World } from '../controllers/world.ts';
import { apiVersionOf, KINDS } from '../kinds.ts';

const APP = 'kapp.k14s.io/app';

const BY_NAME = new Map(Object.values(KINDS).map(kind => [`${apiVersionOf(kind)}/${kind.kind}`, kind]));

/** The resource of a document. @throws Error for a kind that the sandbox does not know */
function resourceOf({ apiVersion, kind }: KubeObject): ApiResource {
  const resource = BY_NAME.get(`${apiVersion}/${kind}`);
  if (resource === undefined)
    throw new Error(`kapp: Error: Expected to find kind '${apiVersion}/${kind}', but did not`);
  return resource;
}

/** CRDs and namespaces first: the others need them. */
function rankOf({ kind }: KubeObject): number {
  return ['CustomResourceDefinition', 'Namespace'].includes(kind) ? 0 : 1;
}

/**
 * Deploys documents under an app name: all of them labelled as the app's, in the app's record. True when all is
 * in place, false when it waits for CRDs to be established.
 * @throws Error when a resource belongs to another app, as one does that was restored with its labels but without
 * its record
 */
export async function deploy(
  world: World,
  app: { readonly name: string; readonly namespace: string },
  documents: readonly KubeObject[],
): Promise<boolean> {
  const label = (await recordOf(world, app)) ?? String(BigInt(Date.now()) * 1_000_000n);
  checkOwnership(world, documents, label);
  await world.ensure(KINDS.ConfigMap, record(app, label, documents));
  for (const rank of [0, 1]) {
    const wave = documents.filter(document => rankOf(document) === rank);
    if (rank === 1 && !wave.every(document => world.serves(resourceOf(document)))) return false;
    for (const document of wave) await world.ensure(resourceOf(document), labelled(document, label));
  }
  await world.ensure(KINDS.ConfigMap, change(app, label, documents));
  return true;
}

/**
 * Deletes all that the app deployed, and its records: custom resources before their kinds and before the controllers
 * that have to finish them. True when nothing is left.
 */
export async function undeploy(world: World, app: { name: string; namespace: string }): Promise<boolean> {
  const label = await recordOf(world, app);
  if (label === undefined) return true;
  const left = Object.values(KINDS).flatMap(kind =>
    world
      .all(kind)
      .filter(({ metadata }) => metadata.labels?.[APP] === label)
      .map(object => ({ kind, object })),
  );
  const definitions = left.filter(({ kind }) => kind === KINDS.CustomResourceDefinition);
  const defined = new Set(definitions.map(({ object }) => object.spec.group));
  const custom = left.filter(({ kind }) => defined.has(kind.group));
  for (const { kind, object } of custom.length > 0 ? custom : left) await world.delete(kind, object);
  if (left.length > 0) return false;
  for (const map of world.in(KINDS.ConfigMap, app.namespace)) {
    const { name, labels } = map.metadata;
    const ours = name === app.name || labels?.['kapp.k14s.io/app-change-app-label'] === label;
    if (ours) await world.delete(KINDS.ConfigMap, map);
  }
  return true;
}

async function recordOf(world: World, { name, namespace }: { name: string; namespace: string }) {
  const spec = world.find(KINDS.ConfigMap, namespace, name)?.data?.spec;
  return spec === undefined ? undefined : (JSON.parse(spec).labelValue as string);
}

function checkOwnership(world: World, documents: readonly KubeObject[], label: string): void {
  const errors = documents.flatMap(document => {
    const { namespace, name } = document.metadata;
    const live = world.find(resourceOf(document), namespace, name);
    const other = live?.metadata.labels?.[APP];
    if (other === undefined || other === label) return [];
    const shown = `${document.kind.toLowerCase()}/${name} (${apiVersionOf(resourceOf(document))})${namespace ? ` namespace: ${namespace}` : ' cluster'}`;
    return [`- Resource '${shown}' is already associated with a different label '${APP}=${other}'`];
  });
  if (errors.length > 0) throw new Error(`kapp: Error: Ownership errors:\n${errors.join('\n')}`);
}

function labelled(document: KubeObject, label: string) {
  const { apiVersion, kind, metadata, ...fields } = document;
  const { namespace = '', name } = metadata;
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  const identity = `${namespace}/${group}/${kind}/${name}`;
  const association = `v1.${createHash('md5').update(identity).digest('hex')}`;
  const live =
    kind === 'CustomResourceDefinition'
      ? {}
      : { 'kapp.k14s.io/original-diff-md5': '58e0494c51d30eb3494f7c9198986bb9' };
  return {
    ...fields,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, [APP]: label, 'kapp.k14s.io/association': association },
      annotations: {
        ...metadata.annotations,
        'kapp.k14s.io/identity': `v1;${identity};${apiVersion}`,
        ...live,
      },
    },
  };
}

function record(app: { name: string; namespace: string }, label: string, documents: readonly KubeObject[]) {
  const usedGKs = [
    ...new Set(documents.map(document => `${resourceOf(document).group}/${document.kind}`)),
  ].sort();
  const spec = { labelKey: APP, labelValue: label, usedGKs };
  return {
    metadata: {
      name: app.name,
      namespace: app.namespace,
      labels: { 'kapp.k14s.io/is-app': '' },
      annotations: { 'kapp.k14s.io/app-changes-use-app-label': '' },
    },
    data: { spec: JSON.stringify(spec) },
  };
}

function change(app: { name: string; namespace: string }, label: string, documents: readonly KubeObject[]) {
  const digest = createHash('sha1').update(JSON.stringify(documents)).digest('hex').slice(0, 5);
  const namespaces = [...new Set(documents.map(({ metadata }) => metadata.namespace ?? '(cluster)'))].sort();
  return {
    metadata: {
      name: `${app.name}-change-${digest}`,
      namespace: app.namespace,
      labels: { 'kapp.k14s.io/is-app-change': '', 'kapp.k14s.io/app-change-app-label': label },
    },
    data: { spec: JSON.stringify({ successful: true, description: 'update: Op: create', namespaces }) },
  };
}

/** What the App's status says of its deployment. */
export function associated(world: World, app: { name: string; namespace: string }): object {
  const spec = world.find(KINDS.ConfigMap, app.namespace, app.name)?.data?.spec ?? '{}';
  const { labelValue, usedGKs = [] } = JSON.parse(spec) as { labelValue?: string; usedGKs?: string[] };
  const groupKinds = usedGKs.map(text => ({
    group: text.split('/')[0] ?? '',
    kind: text.split('/')[1] ?? '',
  }));
  return { label: `${APP}=${labelValue}`, groupKinds };
}
