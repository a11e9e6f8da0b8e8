import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Selection } from '../../src/archive/plan.ts';
import { idOf, type KubeObject, keyOf, showId } from '../../src/base/object.ts';
import { referencesOf } from '../../src/foundation/references.ts';
import { Selector } from '../../src/foundation/selection.ts';
import { planWaves } from '../../src/foundation/waves.ts';
import {
  app,
  binding,
  bound,
  domain,
  foundations,
  graphOf,
  INSTALLATION,
  org,
  route,
  securityGroup,
  service,
  space,
} from './cf.ts';
import { kindOf, waveItem } from './fixtures.ts';
import { expectTargetsInOrder } from './ordered.ts';

const LANDSCAPE = [
  ...INSTALLATION,
  binding('cf', 'admin', 'root'),
  ...['example.com', 'other.example.com'].map(domain),
  ...org('org-a', 'acme'),
  ...space('org-a', 'space-dev', 'dev'),
  ...app('space-dev', 'guid-shop', { name: 'shop', labels: { tier: 'web' }, builds: 3, failed: 1 }),
  ...app('space-dev', 'guid-cart', { name: 'cart', labels: { tier: 'web' } }),
  ...app('space-dev', 'guid-raw', { name: 'raw', builds: 0, neverStaged: 2 }),
  ...service('space-dev', 'db'),
  ...service('space-dev', 'unbound'),
  bound('space-dev', 'guid-shop', 'db'),
  bound('space-dev', 'guid-cart', 'db'),
  route('space-dev', 'shop-route', 'example.com', 'guid-shop'),
  ...org('org-b', 'globex'),
  ...space('org-b', 'space-dev-b', 'dev'),
  ...space('org-b', 'space-prod', 'prod'),
  ...app('space-prod', 'guid-blue', { name: 'blue' }),
  ...app('space-prod', 'guid-green', { name: 'green' }),
  ...app('space-dev-b', 'guid-shop-b', { name: 'shop' }),
  route('space-prod', 'live', 'other.example.com', 'guid-blue', 'guid-green'),
  securityGroup('strict', 'space-prod', 'space-dev'),
];
const SELECTOR = new Selector(graphOf(LANDSCAPE));

function chosen(selection: Selection, objects: readonly KubeObject[] = LANDSCAPE): string[] {
  const { has } = new Selector(graphOf(objects)).select(selection);
  return objects.map(idOf).filter(has).map(showId).sort();
}

function ofKind(kind: string, names: readonly string[]): string[] {
  return names
    .filter(name => name.startsWith(`${kind} `))
    .map(name => name.slice(name.lastIndexOf('/') + 1))
    .sort();
}

function refusal(selection: Selection): { message: string; hints: string } {
  try {
    SELECTOR.select(selection);
  } catch (error) {
    expect(error).toMatchObject({ code: 'usage', exit: 2 });
    const { message, hints } = error as { message: string; hints: string[] };
    return { message, hints: hints.join('\n') };
  }
  throw new TypeError('it was not refused');
}

describe('an app that is chosen', () => {
  it('brings all that it is made of and all that it needs, and nothing of its neighbours', () => {
    expect(chosen({ apps: ['acme/dev/shop'] })).toEqual([
      'CFApp space-dev/guid-shop',
      'CFBuild space-dev/guid-shop-build-0',
      'CFBuild space-dev/guid-shop-build-1',
      'CFBuild space-dev/guid-shop-build-2',
      'CFBuild space-dev/guid-shop-failed-0',
      'CFDomain cf/example.com',
      'CFOrg cf/org-a',
      'CFPackage space-dev/p-guid-shop-build-0',
      'CFPackage space-dev/p-guid-shop-build-1',
      'CFPackage space-dev/p-guid-shop-build-2',
      'CFPackage space-dev/p-guid-shop-failed-0',
      'CFProcess space-dev/guid-shop-web',
      'CFRoute space-dev/shop-route',
      'CFSecurityGroup cf/strict',
      'CFServiceBinding space-dev/b-guid-shop-db',
      'CFServiceInstance space-dev/db',
      'CFSpace org-a/space-dev',
      'Namespace cf',
      'RoleBinding cf/cf-root-namespace-user-boss-of-org-a',
      'RoleBinding cf/cf-root-namespace-user-dev-of-space-dev',
      'RoleBinding org-a/cf-organization-user-boss-of-org-a',
      'RoleBinding space-dev/cf-space-developer-dev-of-space-dev',
      'Secret space-dev/db-s',
      'Secret space-dev/guid-shop-env',
    ]);
  });

  it('brings the app that shares a route with it, whole: the route would be refused without', () => {
    const names = chosen({ apps: ['blue'] });
    expect(ofKind('CFApp', names)).toEqual(['guid-blue', 'guid-green']);
    expect(ofKind('CFProcess', names)).toEqual(['guid-blue-web', 'guid-green-web']);
  });

  it('says what names something that stays out', () => {
    expect(SELECTOR.select({ apps: ['acme/dev/shop'] }).leftOut).toEqual([
      { subject: 'CFSpace org-b/space-prod', usedBy: ['CFSecurityGroup cf/strict'], users: 1 },
    ]);
    const { leftOut } = SELECTOR.select({ apps: ['acme/dev/shop'], exclude: ['Secret.'] });
    expect(leftOut.map(({ subject }) => subject)).toEqual([
      'CFSpace org-b/space-prod',
      'Secret space-dev/db-s',
      'Secret space-dev/guid-shop-env',
    ]);
  });
});

describe('names', () => {
  it.each<[string, Selection, string[]]>([
    ['a bare app: wherever it is', { apps: ['shop'] }, ['guid-shop', 'guid-shop-b']],
    ['a bare app in an org: only there', { orgs: ['globex'], apps: ['shop'] }, ['guid-shop-b']],
    ['a bare app in a space', { spaces: ['globex/dev'], apps: ['shop'] }, ['guid-shop-b']],
    ['a bare space in an org: only that space', { orgs: ['globex'], spaces: ['dev'] }, ['guid-shop-b']],
    [
      'an org beside a path: both',
      { orgs: ['globex'], apps: ['acme/dev/cart'] },
      ['guid-blue', 'guid-cart', 'guid-green', 'guid-shop-b'],
    ],
    ['a GUID', { apps: ['guid-cart'] }, ['guid-cart']],
    ['a path of GUIDs and names', { apps: ['org-a/dev/guid-cart'] }, ['guid-cart']],
    ['stars', { apps: ['c*t', 'acme/*/r?w'] }, ['guid-cart', 'guid-raw']],
    ['another case, as Korifi compares names', { apps: ['CART'] }, ['guid-cart']],
    ['a star in a path, which ends at the slash', { apps: ['*/shop'] }, ['guid-shop', 'guid-shop-b']],
  ])('%s', (_, selection, apps) => {
    expect(ofKind('CFApp', chosen(selection))).toEqual(apps);
  });

  it.each<[string, Selection, string, string]>([
    ['the near matches', { apps: ['shpo'] }, 'there is no app "shpo"', 'did you mean shop?'],
    ['the near paths', { apps: ['acme/dev/chop'] }, 'no app "acme/dev/chop"', 'acme/dev/shop'],
    ['where it is instead', { orgs: ['globex'], apps: ['cart'] }, 'no app "cart" in what', 'acme/dev/cart'],
    ['how many there are', { orgs: ['zzz'] }, 'there is no org "zzz"', 'there are 2 orgs'],
    ['near namespaces', { namespaces: ['instal'] }, 'in a namespace "instal"', 'did you mean install?'],
    ['that nothing is left', { orgs: ['acme'], labels: 'tier=none' }, 'has nothing in it', 'leave one'],
    ['what a label selector is', { labels: 'a in b' }, 'no label selector', 'tier in (web,worker)'],
  ])('that nothing has are refused, with %s', (_, selection, message, hint) => {
    const refused = refusal(selection);
    expect(refused.message).toContain(message);
    expect(refused.hints).toContain(hint);
  });
});

describe('a choice', () => {
  it('of a space takes what belongs to no app too, and no other space', () => {
    const names = chosen({ spaces: ['acme/dev'] });
    expect(ofKind('CFServiceInstance', names)).toEqual(['db', 'unbound']);
    expect(ofKind('CFSpace', names)).toEqual(['space-dev']);
  });

  it('without the installation takes all of CF and nothing that installs it', () => {
    const names = chosen({ installation: false });
    const kinds = new Set(names.map(name => name.split(' ')[0]));
    for (const kind of [
      'PackageInstall',
      'PackageRepository',
      'SecretExport',
      'Namespace',
      'ServiceAccount',
    ]) {
      expect(kinds).not.toContain(kind);
    }
    expect(ofKind('CFApp', names)).toHaveLength(6);
    expect(ofKind('CFDomain', names)).toHaveLength(2);
    expect(names).toContain('RoleBinding cf/cf-admin-root');
    expect(names.filter(name => name.startsWith('Secret install/'))).toEqual([]);
  });

  it('of the installation alone takes nothing of CF', () => {
    const names = chosen({ installation: true });
    expect(names.filter(name => name.startsWith('CF'))).toEqual([]);
    expect(names).toContain('PackageInstall install/adapter');
    expect(names).toContain('Secret install/adapter-install-values');
    expect(names).toContain('ClusterRoleBinding adapter-install-cluster-rolebinding');
  });

  it('by labels, by namespace, by kind: all of them must fit, and what is needed comes along', () => {
    expect(ofKind('CFApp', chosen({ labels: 'tier=web' }))).toEqual(['guid-cart', 'guid-shop']);
    expect(ofKind('CFApp', chosen({ labels: 'tier in (web),!x', namespaces: ['space-dev'] }))).toHaveLength(
      2,
    );
    expect(ofKind('PackageInstall', chosen({ namespaces: ['install'] }))).toEqual(['adapter']);
    const routes = chosen({ include: ['CFRoute.korifi.cloudfoundry.org'], namespaces: ['space-prod'] });
    expect(ofKind('CFRoute', routes)).toEqual(['live']);
    expect(ofKind('CFApp', routes)).toEqual(['guid-blue', 'guid-green']);
  });

  it('of the current droplets leaves older builds out, and the packages that were theirs', () => {
    const names = chosen({ apps: ['acme/dev/shop'], droplets: 'current', history: false });
    expect(ofKind('CFBuild', names)).toEqual(['guid-shop-build-2']);
    expect(ofKind('CFPackage', names)).toEqual(['p-guid-shop-build-2']);
  });

  it('of the current droplets keeps what never came to one, where the history stays', () => {
    const builds = ofKind('CFBuild', chosen({ apps: ['acme/dev/shop'], droplets: 'current' }));
    expect(builds).toEqual(['guid-shop-build-2', 'guid-shop-failed-0']);
  });

  it('of all droplets without history leaves out what never came to one', () => {
    const names = chosen({ apps: ['acme/dev/shop'], history: false });
    expect(ofKind('CFBuild', names)).toEqual([0, 1, 2].map(number => `guid-shop-build-${number}`));
    expect(ofKind('CFPackage', names)).toEqual([0, 1, 2].map(number => `p-guid-shop-build-${number}`));
  });

  it('keeps the newest package of an app that was never staged', () => {
    const names = chosen({ apps: ['raw'], droplets: 'current', history: false });
    expect(ofKind('CFPackage', names)).toEqual(['guid-raw-raw-1']);
  });
});

const selections: fc.Arbitrary<Selection> = fc
  .record(
    {
      orgs: fc.subarray(['org-0', 'org-*']),
      spaces: fc.subarray(['space-0', 'org-0/*', '*']),
      apps: fc.subarray(['app-0', 'app-1', 'app-?', '*/*/app-2']),
      namespaces: fc.subarray(['cf', 'install', 'space-0'], { minLength: 1 }),
      include: fc.subarray(
        ['CFApp', 'CFRoute', 'CFServiceInstance', 'CFDomain'].map(kind => `${kind}.korifi.cloudfoundry.org`),
        {
          minLength: 1,
        },
      ),
      exclude: fc.subarray([
        'Secret.',
        'CFBuild.korifi.cloudfoundry.org',
        'CFDomain.korifi.cloudfoundry.org',
      ]),
      installation: fc.boolean(),
      droplets: fc.constant('current' as const),
      history: fc.constant(false as const),
    },
    { requiredKeys: [] },
  )
  .map(selection => {
    const stated = Object.entries(selection).filter(([, value]) => !Array.isArray(value) || value.length > 0);
    return Object.fromEntries(stated) as Selection;
  });

describe('any selection of any foundation', () => {
  it('is closed, says what it leaves out, and is ordered with every target on the right side', () => {
    let tried = 0;
    fc.assert(
      fc.property(foundations, selections, (objects, selection) => {
        const selector = new Selector(graphOf(objects));
        let selected: ReturnType<Selector['select']>;
        try {
          selected = selector.select(selection);
        } catch (error) {
          expect(error).toMatchObject({ code: 'usage' });
          return;
        }
        tried++;
        const taken = objects.filter(object => selected.has(idOf(object)));
        expect(taken).toHaveLength(selected.objects);
        expectClosed(objects, taken, selected.leftOut);
        expectOrdered(taken);
      }),
      { numRuns: 500 },
    );
    expect(tried).toBeGreaterThan(100);
  });
});

/** Looks at the objects anew, without the graph. */
function expectClosed(
  objects: readonly KubeObject[],
  taken: readonly KubeObject[],
  leftOut: readonly { subject: string }[],
): void {
  const all = new Map(objects.flatMap(object => keysOf(object).map(key => [key, object])));
  const inside = new Set(taken);
  const told = new Set(leftOut.map(({ subject }) => subject));
  for (const object of taken) {
    for (const { rule, targets } of referencesOf(kindOf(object), object)) {
      const target = targets.map(one => all.get(keyOf(one))).find(one => one !== undefined);
      if (target === undefined || inside.has(target) || target.kind === 'Namespace') continue;
      expect([showId(idOf(object)), rule.path, told.has(showId(idOf(target)))]).toEqual([
        showId(idOf(object)),
        rule.path,
        true,
      ]);
      // Only what was asked to stay out does, and what never comes along for being named.
      const mayStayOut = ['Secret', 'CFBuild', 'CFDomain'].includes(target.kind) || rule.brings === 'source';
      expect([target.kind, mayStayOut]).toEqual([target.kind, true]);
    }
    if (object.kind !== 'CFApp') continue;
    const processes = objects.filter(
      ({ kind, spec }) => kind === 'CFProcess' && spec.appRef.name === object.metadata.name,
    );
    for (const process of processes) expect(inside).toContain(process);
  }
}

function keysOf(object: KubeObject): string[] {
  const { group, kind, name } = idOf(object);
  return [keyOf(idOf(object)), keyOf({ group, kind, name })];
}

function expectOrdered(taken: readonly KubeObject[]): void {
  const items = taken.map(waveItem);
  const at = new Map(
    planWaves(items).flatMap(({ nodes }, wave) =>
      Array.from(nodes, ({ id, step }) => [`${keyOf(id)} ${step}`, wave]),
    ),
  );
  expectTargetsInOrder(items, at);
}
