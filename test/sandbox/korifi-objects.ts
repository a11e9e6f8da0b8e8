import type { KubeObject } from '../../src/base/object.ts';
import type { ApiResource, Cluster } from '../../src/cluster/cluster.ts';
import { type EmbeddedFoundation, startFoundation } from '../../src/sandbox/foundation.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';
import { planLandscape } from '../../src/sandbox/landscape/plan.ts';
import { layerOf } from '../../src/sandbox/registry/layer.ts';

/** Korifi installed, orgs and spaces made, no apps yet. What a controller is not woken for it does not do: no retries. */
export async function startInstalled(name: string): Promise<EmbeddedFoundation> {
  const retry = { first: 600_000, last: 600_000 };
  return startFoundation({ name, landscape: { seed: 'rules', apps: 0, appBytes: 1000 }, retry });
}

const ORG = planLandscape('rules', 0)[0];
export const SPACE = ORG?.spaces[0]?.guid ?? '';
export const ORG_GUID = ORG?.guid ?? '';

/** Creates an object of a kind with the given name and spec. */
export function create(
  cluster: Cluster,
  kind: ApiResource,
  name: string,
  spec: object,
  metadata: object = {},
  namespace = SPACE,
): Promise<KubeObject> {
  const { group, version } = kind;
  const object = { apiVersion: group === '' ? version : `${group}/${version}`, kind: kind.kind };
  return cluster.create(kind, { ...object, metadata: { name, namespace, ...metadata }, spec });
}

export function createApp(cluster: Cluster, name: string, spec: object = {}): Promise<KubeObject> {
  return create(cluster, KINDS.CFApp, name, {
    displayName: name,
    desiredState: 'STOPPED',
    envSecretName: '',
    lifecycle: { type: 'buildpack', data: { buildpacks: [], stack: '' } },
    ...spec,
  });
}

/** Pushes a source image for the app; its reference. */
export function pushSource(foundation: EmbeddedFoundation, app: string, name: string): Promise<string> {
  const repository = `${foundation.registry.host}/asa/tas-adapter-${app}-packages`;
  const layers = [layerOf({ Procfile: 'web: ./run\nworker: ./work\n', name })];
  return foundation.images.push(repository, { layers }, [name]);
}

export function createPackage(
  cluster: Cluster,
  app: string,
  name: string,
  image: string,
): Promise<KubeObject> {
  return create(cluster, KINDS.CFPackage, name, {
    type: 'bits',
    appRef: { name: app },
    source: { registry: { image, imagePullSecrets: [] } },
  });
}

export function createBuild(
  cluster: Cluster,
  app: string,
  source: string,
  name: string,
): Promise<KubeObject> {
  return create(cluster, KINDS.CFBuild, name, {
    appRef: { name: app },
    packageRef: { name: source },
    stagingMemoryMB: 1024,
    stagingDiskMB: 1024,
    lifecycle: { type: 'buildpack', data: { buildpacks: [], stack: '' } },
  });
}

/** The status of a build as a backup has it. */
export function stagedStatus(image: string, generation = 1): object {
  const condition = {
    observedGeneration: generation,
    lastTransitionTime: '2023-09-01T10:08:00Z',
    message: '',
  };
  return {
    observedGeneration: generation,
    droplet: {
      registry: { image, imagePullSecrets: [] },
      stack: 'io.buildpacks.stacks.jammy',
      processTypes: [{ type: 'web', command: './run' }],
      ports: [8080],
    },
    conditions: [
      { ...condition, type: 'Staging', status: 'False', reason: 'BuildNotRunning' },
      { ...condition, type: 'Succeeded', status: 'True', reason: 'BuildSucceeded' },
    ],
  };
}

export async function writeStatus(
  cluster: Cluster,
  kind: ApiResource,
  name: string,
  status: object,
): Promise<void> {
  await cluster.patch(kind, SPACE, name, { type: 'merge', body: { status }, subresource: 'status' });
}

/** What Korifi's API makes of a refused write. */
export async function refusal(write: Promise<unknown>): Promise<string> {
  try {
    await write;
    return 'accepted';
  } catch (error) {
    return (error as Error).message;
  }
}
