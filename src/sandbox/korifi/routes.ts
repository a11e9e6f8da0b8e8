import type { KubeObject } from '../../base/object.ts';
import { decide } from '../controllers/conditions.ts';
import { type Rule, Unwatched } from '../controllers/rule.ts';
import { controlledBy } from '../controllers/world.ts';
import { KINDS } from '../kinds.ts';
import { korifiConfig } from './config.ts';
import { FINALIZER, LABEL } from './names.ts';

interface Destination {
  guid: string;
  appRef: { name: string };
  processType: string;
  port?: number;
}

/** A route becomes a Contour HTTPProxy and a Service for every destination; a destination without port gets 8080. */
export const routes: Rule = {
  name: 'CFRoute',
  kind: KINDS.CFRoute,
  async reconcile(route, world) {
    if (korifiConfig(world) === undefined) return;
    const { name, namespace } = route.metadata;
    if (route.metadata.deletionTimestamp !== undefined) {
      return world.dropFinalizer(KINDS.CFRoute, route, FINALIZER.CFRoute ?? '');
    }
    const { domainRef, host, path = '' } = route.spec;
    const domain = world.find(KINDS.CFDomain, domainRef.namespace, domainRef.name);
    if (domain === undefined) throw new Unwatched(`error getting CFDomain "${domainRef.name}"`);
    const destinations: Destination[] = route.spec.destinations ?? [];
    const owned = { ...(namespace && { namespace }), ownerReferences: [controlledBy(route)] };
    const fqdn = `${host}.${domain.spec.name}`.toLowerCase();
    for (const to of destinations) await world.ensure(KINDS.Service, serviceOf(to, name, owned));
    const labels = { [LABEL.routeGuid]: name };
    await world.ensure(KINDS.HTTPProxy, {
      metadata: { name, ...owned, labels },
      spec: {
        virtualhost: { fqdn },
        routes: [
          {
            conditions: [{ prefix: path === '' ? '/' : path }],
            services: destinations.map(({ guid, port = 8080 }) => ({ name: `s-${guid}`, port })),
          },
        ],
      },
    });
    const used = new Set(destinations.map(({ guid }) => `s-${guid}`));
    for (const service of world.in(KINDS.Service, namespace)) {
      const ours = service.metadata.labels?.[LABEL.routeGuid] === name;
      if (ours && !used.has(service.metadata.name)) await world.delete(KINDS.Service, service);
    }
    await world.status(KINDS.CFRoute, route, statusOf(route, fqdn, fqdn + path, destinations));
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

function statusOf(route: KubeObject, fqdn: string, uri: string, destinations: Destination[]): object {
  return {
    currentStatus: 'valid',
    description: 'Valid CFRoute',
    fqdn,
    uri,
    destinations,
    observedGeneration: route.metadata.generation,
    conditions: decide(route, [{ type: 'Valid', status: 'True', reason: 'Valid', message: 'Valid CFRoute' }]),
  };
}
