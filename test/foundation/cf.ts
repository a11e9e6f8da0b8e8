import fc from 'fast-check';
import { idOf, type KubeObject } from '../../src/base/object.ts';
import { referencesOf } from '../../src/foundation/references.ts';
import { SelectionGraph } from '../../src/foundation/selection-graph.ts';
import { FOUNDATION, kindOf } from './fixtures.ts';

const V1 = 'korifi.cloudfoundry.org/v1alpha1';

function cf(kind: string, namespace: string, name: string, spec: object, more: object = {}): KubeObject {
  return { apiVersion: V1, kind, metadata: { name, namespace, ...more }, spec };
}

function secret(namespace: string, name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type: 'Opaque', data: {} };
}

export function org(guid: string, name = guid): KubeObject[] {
  return [
    cf('CFOrg', 'cf', guid, { displayName: name }),
    ...member(guid, 'organization-user', `boss-of-${guid}`),
  ];
}

export function space(orgGuid: string, guid: string, name = guid): KubeObject[] {
  return [
    cf('CFSpace', orgGuid, guid, { displayName: name }),
    ...member(guid, 'space-developer', `dev-of-${guid}`),
  ];
}

/** A role, and what its user logs in by. */
function member(namespace: string, role: string, user: string): KubeObject[] {
  return [binding(namespace, role, user), binding('cf', 'root-namespace-user', user)];
}

export function binding(namespace: string, role: string, user: string): KubeObject {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: `cf-${role}-${user}`, namespace },
    roleRef: {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
      name: `korifi-controllers-${role}`,
    },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  };
}

interface AppParts {
  readonly name?: string;
  readonly labels?: Record<string, string>;
  /** Builds with a droplet, oldest first; the last one is the current droplet. */
  readonly builds?: number;
  readonly failed?: number;
  readonly neverStaged?: number;
}

export function app(namespace: string, guid: string, parts: AppParts = {}): KubeObject[] {
  const { name = guid, labels, builds = 1, failed = 0, neverStaged = 0 } = parts;
  const appRef = { name: guid };
  const at = (number: number) => ({
    creationTimestamp: `2024-01-01T00:00:${String(number).padStart(2, '0')}Z`,
  });
  const names = (what: string, number: number) =>
    Array.from({ length: number }, (_, index) => `${guid}-${what}-${index}`);
  const image = (of: string) => ({ registry: { image: `registry.example.com/${of}` } });
  const builtPackage = (build: string, index: number, status: object | undefined) => [
    cf('CFPackage', namespace, `p-${build}`, { appRef, source: image(`p-${build}`) }, at(index)),
    {
      ...cf('CFBuild', namespace, build, { appRef, packageRef: { name: `p-${build}` } }, at(index)),
      ...(status && { status }),
    },
  ];
  const current = names('build', builds).at(-1);
  return [
    cf(
      'CFApp',
      namespace,
      guid,
      {
        displayName: name,
        desiredState: 'STARTED',
        envSecretName: `${guid}-env`,
        ...(current && { currentDropletRef: { name: current } }),
      },
      labels && { labels },
    ),
    secret(namespace, `${guid}-env`),
    cf('CFProcess', namespace, `${guid}-web`, { appRef, processType: 'web' }),
    ...names('build', builds).flatMap((build, index) =>
      builtPackage(build, index, { droplet: image(build) }),
    ),
    ...names('failed', failed).flatMap((build, index) => builtPackage(build, 20 + index, {})),
    ...names('raw', neverStaged).map((name, index) =>
      cf('CFPackage', namespace, name, { appRef, source: image(name) }, at(40 + index)),
    ),
  ];
}

export function service(namespace: string, guid: string): KubeObject[] {
  return [
    cf('CFServiceInstance', namespace, guid, {
      displayName: guid,
      type: 'user-provided',
      secretName: `${guid}-s`,
    }),
    secret(namespace, `${guid}-s`),
  ];
}

export function bound(namespace: string, appGuid: string, instance: string): KubeObject {
  const spec = { appRef: { name: appGuid }, service: { kind: 'CFServiceInstance', name: instance } };
  return cf('CFServiceBinding', namespace, `b-${appGuid}-${instance}`, spec);
}

export function domain(name: string): KubeObject {
  return cf('CFDomain', 'cf', name, { name });
}

export function route(namespace: string, guid: string, on: string, ...apps: string[]): KubeObject {
  const destinations = apps.map(name => ({ guid: `d-${name}`, appRef: { name }, processType: 'web' }));
  return cf('CFRoute', namespace, guid, {
    host: guid,
    domainRef: { name: on, namespace: 'cf' },
    destinations,
  });
}

export function securityGroup(name: string, ...spaces: string[]): KubeObject {
  const spec = {
    displayName: name,
    spaces: Object.fromEntries(spaces.map(guid => [guid, { running: true }])),
  };
  return cf('CFSecurityGroup', 'cf', name, spec);
}

/** What installs a foundation, without any of CF's objects. */
export const INSTALLATION = FOUNDATION.truth.filter(
  ({ apiVersion, kind, metadata }) =>
    apiVersion !== V1 && kind !== 'RoleBinding' && !['org-1', 'space-1'].includes(metadata.namespace ?? ''),
);

export function graphOf(objects: readonly KubeObject[]): SelectionGraph {
  const graph = new SelectionGraph();
  for (const object of objects) {
    const descriptor = kindOf(object);
    graph.add(descriptor, object, idOf(object), referencesOf(descriptor, object));
  }
  return graph;
}

/** Foundations of a few orgs in which anything may be tied to anything that Korifi lets it. */
export const foundations: fc.Arbitrary<KubeObject[]> = fc
  .record({
    spaces: fc.array(fc.nat(2), { minLength: 1, maxLength: 5 }),
    apps: fc.array(
      fc.record({ space: fc.nat(4), builds: fc.nat(2), failed: fc.nat(1), neverStaged: fc.nat(1) }),
      {
        maxLength: 8,
      },
    ),
    services: fc.array(fc.nat(4), { maxLength: 4 }),
    bindings: fc.array(fc.tuple(fc.nat(7), fc.nat(3)), { maxLength: 8 }),
    routes: fc.array(fc.tuple(fc.nat(7), fc.nat(7), fc.nat(1)), { maxLength: 6 }),
    groups: fc.array(fc.array(fc.nat(4), { maxLength: 3 }), { maxLength: 2 }),
    order: fc.infiniteStream(fc.nat(1_000_000)),
  })
  .map(({ spaces, apps, services, bindings, routes, groups, order }) => {
    const spaceOf = (number: number) => `space-${number % spaces.length}`;
    const placed = apps.map((parts, index) => ({ guid: `app-${index}`, in: spaceOf(parts.space), parts }));
    const instances = services.map((at, index) => ({ guid: `service-${index}`, in: spaceOf(at) }));
    const tied = bindings.flatMap(([appAt, serviceAt]) => {
      const [one, other] = [placed[appAt], instances[serviceAt]];
      return one && other && one.in === other.in ? [bound(one.in, one.guid, other.guid)] : [];
    });
    const led = routes.flatMap(([first, second, on], index) => {
      const [one, other] = [placed[first], placed[second]];
      if (one === undefined) return [];
      const second_ = other !== undefined && other !== one && other.in === one.in ? [other.guid] : [];
      return [route(one.in, `route-${index}`, `d${on}.example.com`, one.guid, ...second_)];
    });
    const objects = [
      ...INSTALLATION,
      ...[...new Set(spaces)].flatMap(at => org(`org-${at}`)),
      ...spaces.flatMap((at, index) => space(`org-${at}`, `space-${index}`)),
      ...placed.flatMap(({ guid, in: namespace, parts }) => app(namespace, guid, parts)),
      ...instances.flatMap(({ guid, in: namespace }) => service(namespace, guid)),
      ...new Map(tied.map(object => [object.metadata.name, object])).values(),
      ...led,
      ...['d0.example.com', 'd1.example.com'].map(domain),
      ...groups.map((ats, index) => securityGroup(`group-${index}`, ...ats.map(spaceOf))),
    ];
    return shuffled(objects, order);
  });

/** Lists come in any order, and so do archives of others. */
function shuffled(objects: readonly KubeObject[], order: Iterator<number>): KubeObject[] {
  return objects
    .map(object => ({ object, at: Number(order.next().value) }))
    .sort((a, b) => a.at - b.at)
    .map(({ object }) => object);
}
