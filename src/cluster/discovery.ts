import { discoverClassic } from './discovery-classic.ts';
import type { ApiHttp } from './http.ts';
import { type Fields, fieldsOf, listOf, textOf } from './shape.ts';
import { Surface } from './surface.ts';

const AGGREGATED = ['v2', 'v2beta1'].map(
  version => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
);
/** Aggregated discovery where the server knows it (1.26 on), its classic documents otherwise. */
const DISCOVERY_ACCEPT = [...AGGREGATED, 'application/json'].join(',');

/**
 * Asks which resources are served: two requests on any recent server.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
 */
export async function discover(http: ApiHttp, signal: AbortSignal | undefined): Promise<Surface> {
  const surface = new Surface();
  const documents = ['/api', '/apis'].map(async path => {
    const body = fieldsOf(await http.request({ method: 'GET', path, accept: DISCOVERY_ACCEPT, signal }));
    if (body.kind === 'APIGroupDiscoveryList') addAggregated(surface, body);
    else await discoverClassic(http, surface, path, body, signal);
  });
  await Promise.all(documents);
  return surface;
}

function addAggregated(surface: Surface, body: Fields): void {
  for (const item of listOf(body.items)) {
    const group = textOf(fieldsOf(item.metadata).name);
    for (const served of listOf(item.versions)) {
      const version = textOf(served.version);
      if (served.freshness === 'Stale') {
        surface.broken.set(
          group === '' ? version : `${group}/${version}`,
          'the server behind it does not answer',
        );
      }
      for (const resource of listOf(served.resources)) addResource(surface, group, version, resource);
    }
  }
}

function addResource(surface: Surface, group: string, version: string, resource: Fields): void {
  const kind = textOf(fieldsOf(resource.responseKind).kind);
  const plural = textOf(resource.resource);
  if (kind === '' || plural === '') return;
  surface.add({ group, version, plural, kind, namespaced: resource.scope === 'Namespaced' });
}
