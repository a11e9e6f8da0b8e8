import { describe, expect, it } from 'vitest';
import type { Chosen } from '../../src/foundation/selection.ts';
import type { ImagesFacts } from '../../src/foundation/selection-images.ts';
import { type Branch, SelectionTree } from '../../src/foundation/selection-tree.ts';
import { app, bound, domain, graphOf, INSTALLATION, org, route, service, space } from './cf.ts';

const OBJECTS = [
  ...INSTALLATION,
  domain('example.com'),
  ...org('org-a', 'acme'),
  ...space('org-a', 'space-1', 'dev'),
  ...app('space-1', 'app-1', { name: 'shop' }),
  ...app('space-1', 'app-2', { name: 'cart' }),
  ...service('space-1', 'db'),
  bound('space-1', 'app-1', 'db'),
  bound('space-1', 'app-2', 'db'),
  route('space-1', 'r-1', 'example.com', 'app-1'),
  route('space-1', 'r-both', 'example.com', 'app-1', 'app-2'),
  ...org('org-b', 'globex'),
];

/** Layer 0 is a stack that all droplets share. */
const IMAGES: ImagesFacts = {
  layerBytes: [1000, 10, 20, 5, 400],
  images: [
    { users: ['CFBuild space-1/app-1-build-0'], holds: [0], layers: [0, 1] },
    { users: ['CFBuild space-1/app-2-build-0'], holds: [1], layers: [0, 2] },
    { users: ['CFPackage space-1/p-app-1-build-0'], holds: [2], layers: [3] },
    { users: ['PackageRepository install/repository'], holds: [3, 4, 5], layers: [4] },
  ],
};
const TREE = new SelectionTree(graphOf(OBJECTS), IMAGES);

function choice(part: Partial<NonNullable<Chosen['scope']>>): Chosen {
  const nothing = {
    installation: false,
    orgs: new Set<string>(),
    spaces: new Set<string>(),
    apps: new Set<string>(),
  };
  return { scope: { ...nothing, ...part }, filters: {} };
}

function find(name: string, branches: readonly Branch[] = TREE.branches()): Branch | undefined {
  for (const branch of branches) {
    const found = branch.name === name ? branch : find(name, branch.children);
    if (found) return found;
  }
  return undefined;
}

describe('the tree to choose from', () => {
  it('is the installation, then orgs, spaces and apps by name', () => {
    const names = (branches: readonly Branch[]): object =>
      Object.fromEntries(branches.map(({ name, children }) => [name, names(children)]));
    expect(names(TREE.branches())).toEqual({
      installation: {},
      acme: { dev: { cart: {}, shop: {} } },
      globex: {},
    });
    expect(Object.keys(names(TREE.branches()))).toEqual(['installation', 'acme', 'globex']);
  });

  it('counts with an app what is only its own', () => {
    // App, env, process, build, package, binding, route to it alone.
    expect(find('shop')).toMatchObject({ kind: 'app', guid: 'app-1', objects: 7, isStarted: true });
    // Its apps (7 + 6), itself, its role, the service with its secret, the route to both.
    expect(find('dev')).toMatchObject({ objects: 18 });
    expect(find('acme')).toMatchObject({ objects: 20 });
  });

  it('adds up to everything, with what is in no branch', () => {
    const branches = TREE.branches().reduce((sum, { objects }) => sum + objects, 0);
    expect(TREE.shared).toBeGreaterThan(0);
    expect(branches + TREE.shared).toBe(TREE.effect({ scope: undefined, filters: {} }).objects);
  });

  it('counts the bytes of images, each layer once, and those that others have too', () => {
    expect(find('shop')).toMatchObject({ bytes: 1015, sharedBytes: 1000 });
    expect(find('dev')).toMatchObject({ bytes: 1035, sharedBytes: 0 });
    expect(find('installation')).toMatchObject({ bytes: 400, sharedBytes: 0 });
  });
});

describe('what a choice comes to', () => {
  it('counts the images of a bundle beside the bundle', () => {
    expect(TREE.effect(choice({ installation: true }))).toMatchObject({ images: 3 });
  });

  it('is told with what comes along from elsewhere', () => {
    const { brought, images, bytes, leftOut } = TREE.effect(choice({ apps: new Set(['app-1']) }));
    expect(brought.filter(({ id }) => id.kind === 'CFApp').map(({ name }) => name)).toEqual(['cart']);
    expect(brought.map(({ id }) => id.kind)).toEqual(
      expect.arrayContaining(['CFDomain', 'CFServiceInstance', 'CFSpace']),
    );
    expect([images, bytes, leftOut]).toEqual([3, 1035, []]);
  });

  it('brings nothing that was chosen itself', () => {
    const { brought } = TREE.effect(choice({ orgs: new Set(['org-a']) }));
    expect(new Set(brought.map(({ id }) => id.kind))).toEqual(
      new Set(['CFDomain', 'Namespace', 'RoleBinding']),
    );
    const { brought: installed } = TREE.effect(choice({ installation: true }));
    expect(installed.filter(({ id }) => id.kind !== 'Namespace').map(({ id }) => id.kind)).toEqual(
      expect.not.arrayContaining(['CFOrg', 'PackageInstall']),
    );
  });

  it('tells what is left out by a filter', () => {
    const { leftOut } = TREE.effect({
      ...choice({ apps: new Set(['app-2']) }),
      filters: { exclude: ['Secret.'] },
    });
    expect(leftOut.map(({ subject }) => subject)).toContain('Secret space-1/app-2-env');
  });

  it('is known in less than a tenth of a second among five thousand apps', () => {
    const objects = [
      domain('example.com'),
      ...Array.from({ length: 50 }, (_, index) => [
        ...org(`org-${index}`),
        ...space(`org-${index}`, `space-${index}`),
        ...Array.from({ length: 100 }, (_, number) => `app-${index}-${number}`).flatMap(guid => [
          ...app(`space-${index}`, guid, { builds: 2 }),
          route(`space-${index}`, `r-${guid}`, 'example.com', guid),
        ]),
      ]).flat(),
    ];
    const images = objects
      .filter(({ kind }) => kind === 'CFBuild')
      .map(({ metadata }, index) => ({
        users: [`CFBuild ${metadata.namespace}/${metadata.name}`],
        holds: [index],
        layers: [0, 1, 2, index + 3],
      }));
    const tree = new SelectionTree(graphOf(objects), {
      images,
      layerBytes: Array(images.length + 3).fill(1),
    });
    const toggle = (number: number) => {
      const scope = { spaces: new Set(Array.from({ length: number }, (_, index) => `space-${index}`)) };
      return tree.effect(choice({ apps: new Set(['app-49-7']), ...scope })).objects;
    };
    toggle(0);
    const before = process.cpuUsage();
    const counts = [10, 20, 30, 40].map(toggle);
    expect(process.cpuUsage(before).user / 4).toBeLessThan(100_000);
    expect(counts[3]).toBeGreaterThan(30_000);
  });
});
