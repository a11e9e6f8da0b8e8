import { decide } from '../controllers/conditions.ts';
import type { Rule } from '../controllers/rule.ts';
import { KINDS } from '../kinds.ts';
import { finalizerOf } from './config.ts';

/** A domain is ready at once; deleting it deletes its routes. */
export const domains: Rule = {
  name: 'CFDomain',
  kind: KINDS.CFDomain,
  async reconcile(domain, world) {
    if (domain.metadata.deletionTimestamp === undefined) {
      await world.status(KINDS.CFDomain, domain, {
        observedGeneration: domain.metadata.generation,
        conditions: decide(domain, [
          { type: 'Ready', status: 'True', reason: 'Valid', message: 'Valid CFDomain' },
        ]),
      });
      return;
    }
    const routes = world.all(KINDS.CFRoute).filter(route => {
      const { name, namespace } = route.spec.domainRef;
      return name === domain.metadata.name && namespace === domain.metadata.namespace;
    });
    for (const route of routes) await world.delete(KINDS.CFRoute, route);
    if (routes.length === 0)
      await world.dropFinalizer(KINDS.CFDomain, domain, finalizerOf(world, 'CFDomain'));
  },
};
