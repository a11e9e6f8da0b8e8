import type { KubeObject } from '../../base/object.ts';
import { decide } from '../controllers/conditions.ts';
import { type Rule, Unwatched } from '../controllers/rule.ts';
import { controlledBy } from '../controllers/world.ts';
import { KINDS } from '../kinds.ts';
import { finalizerOf, korifiConfig } from './config.ts';
import { LABEL } from './names.ts';
import type { Release } from './releases.ts';

interface Destination {
  guid: string;
  appRef: { name: string };
  processType: string;
  port?: number;
}

/**
 * A route becomes a Contour HTTPProxy, or later an HTTPRoute, and a Service for every destination; a destination
 * without port gets 8080.
 */
export const routes: Rule = {
  name: 'CFRoute',
  kind: KINDS.CFRoute,
  async reconcile(route, world) {
    const release = korifiConfig(world)?.release;
    if (release === undefined) return;
    const { name, namespace } = route.metadata;
    if (route.metadata.deletionTimestamp !== undefined) {
      return world.dropFinalizer(KINDS.CFRoute, route, finalizerOf(world, 'CFRoute'));
    }
    const { domainRef, host, path = '' } = route.spec;
    const domain = world.find(KINDS.CFDomain, domainRef.namespace, domainRef.name);
    if (domain === undefined) throw new Unwatched(`error getting CFDomain "${domainRef.name}"`);
    const destinations: Destination[] = route.spec.destinations ?? [];
    const owned = { ...(namespace && { namespace }), ownerReferences: [controlledBy(route)] };
    const fqdn = `${host}.${domain.spec.name}`.toLowerCase();
    for (const to of destinations) await world.ensure(KINDS.Service, serviceOf(to, name, owned));
    const labels = { [LABEL.routeGuid]: name };
    const metadata = { name, ...owned, labels };
    const backends = destinations.map(({ guid, port = 8080 }) => ({ name: `s-${guid}`, port }));
    const prefix = path === '' ? '/' : path;
    if (release.patching) {
      const rules = [{ matches: [{ path: { type: 'PathPrefix', value: prefix } }], backendRefs: backends }];
      await world.ensure(KINDS.HTTPRoute, { metadata, spec: { hostnames: [fqdn], rules } });
    } else {
      const proxied = [{ conditions: [{ prefix }], services: backends }];
      await world.ensure(KINDS.HTTPProxy, { metadata, spec: { virtualhost: { fqdn }, routes: proxied } });
    }
    const used = new Set(destinations.map(({ guid }) => `s-${guid}`));
    for (const service of world.in(KINDS.Service, namespace)) {
      const ours = service.metadata.labels?.[LABEL.routeGuid] === name;
      if (ours && !used.has(service.metadata.name)) await world.delete(KINDS.Service, service);
    }
    const status = { fqdn, uri: fqdn + path, destinations, observedGeneration: route.metadata.generation };
    await world.status(KINDS.CFRoute, route, { ...status, ...verdict(route, release) });
  },
};

function serviceOf({ guid, appRef, processType, port = 8080 }: Destination, route: string, owned: object) {
  const selector = { [LABEL.appGuid]: appRef.name, [LABEL.processType]: processType };
  return {
    metadata: {
      name: `s-${guid}`,
      ...owned,
      labels: { [LABEL.appGuid]: appRef.name, [LABEL.routeGuid]: route },
    },
    spec: { selector, ports: [{ port }] },
  };
}

function verdict(route: KubeObject, { patching }: Release): object {
  if (patching) return { conditions: decide(route, [{ type: 'Ready', status: 'True', reason: 'Ready' }]) };
  const valid = { type: 'Valid', status: 'True', reason: 'Valid', message: 'Valid CFRoute' } as const;
  return { currentStatus: 'valid', description: valid.message, conditions: decide(route, [valid]) };
}
