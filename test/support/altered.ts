import type { Cluster } from '../../src/cluster/cluster.ts';

/** The same cluster, where some of what it does is done otherwise. */
export function altered(cluster: Cluster, otherwise: Partial<Cluster>): Cluster {
  return new Proxy(cluster, {
    get: (_, name) => {
      const own = otherwise[name as keyof Cluster];
      if (own !== undefined) return own;
      const inherited = cluster[name as keyof Cluster];
      return typeof inherited === 'function' ? inherited.bind(cluster) : inherited;
    },
  });
}
