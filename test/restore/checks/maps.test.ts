import { describe, expect, it } from 'vitest';
import { type KubeObject, keyOf } from '../../../src/base/object.ts';
import { mapSettings } from '../../../src/commands/from-flags/restore-settings.ts';
import { NO_CROSSING } from '../../../src/foundation/conversions/conversions.ts';
import { ImageMap } from '../../../src/foundation/image-map.ts';
import { parseSubjectMap } from '../../../src/foundation/subjects.ts';
import { planWaves } from '../../../src/foundation/waves.ts';
import { takenNames } from '../../../src/restore/checks/taken-names.ts';
import type { TriedRestore } from '../../../src/restore/checks/tried.ts';
import { unknownSubjects } from '../../../src/restore/checks/unknown-subjects.ts';
import { Domains } from '../../../src/restore/domains.ts';
import { kindOf, waveItem } from '../../foundation/fixtures.ts';

function korifi(kind: string, name: string, spec: object): KubeObject {
  const metadata = { namespace: 'space', name };
  return { apiVersion: 'korifi.cloudfoundry.org/v1alpha1', kind, metadata, spec };
}

/** These objects on their way into a target that has none. */
function tried(objects: readonly KubeObject[], mapping: object): TriedRestore {
  const items = objects.map(waveItem);
  const byKey = new Map(items.map(({ id }, index) => [keyOf(id), objects[index]]));
  return {
    inventory: { waves: planWaves(items), kinds: new Map(objects.map(one => [kindOf(one), 1])) },
    store: { get: async (id: Parameters<typeof keyOf>[0]) => byKey.get(keyOf(id)) },
    surface: { find: () => undefined },
    mapping: {
      ...{ images: new ImageMap([]), crossing: NO_CROSSING, pullSecrets: new Map(), logins: new Map() },
      ...{ valuesSecrets: new Set(), serviceCredentials: new Set(), ...mapping },
    },
  } as unknown as TriedRestore;
}

describe('routes of domains that become one', () => {
  const domains = [
    { object: 'one', name: 'one.example.com' },
    { object: 'two', name: 'two.example.com' },
  ];
  const source = { rootNamespace: 'cf', containerRegistrySecretNames: [], domains };
  const routes = ['one', 'two'].map(name =>
    korifi('CFRoute', `route-${name}`, { host: 'www', domainRef: { name, namespace: 'cf' } }),
  );
  const found = (rules: { from: string; to: string }[]) => {
    const known = new Domains({ source, target: source, rules });
    return takenNames(tried(routes, { domains: known }));
  };

  it('are found where they are the same then', async () => {
    expect(await found([{ from: 'two.example.com', to: 'one.example.com' }])).toMatchObject([
      {
        ...{ code: 'name-taken', severity: 'refuse', subject: 'CFRoute space/route-two' },
        text: 'CFRoute www (route-two) comes to the same place as CFRoute space/route-one of the archive',
      },
    ]);
  });

  it('are nothing to tell of where they stay apart', async () => {
    expect(await found([])).toEqual([]);
  });
});

describe('new names for people', () => {
  const binding: KubeObject = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { namespace: 'space', name: 'role' },
    roleRef: { kind: 'ClusterRole', name: 'korifi-controllers-space-developer' },
    subjects: [
      { kind: 'User', name: 'alice' },
      { kind: 'ServiceAccount', name: 'robot' },
    ],
  };
  const found = (map: string) =>
    unknownSubjects(tried([binding], { subjects: parseSubjectMap(map, 'people.yaml') }));

  it('who have no role are told, with who has one', async () => {
    expect(await found('users:\n  alice: a\n  alise: b\ngroups:\n  alice: c')).toMatchObject([
      {
        ...{ code: 'subject-unknown', severity: 'warn', hint: 'roles are given to User/alice' },
        text: '--subject-map has new names for User/alise, Group/alice, to whom no role here is given',
      },
    ]);
    const many = Array.from({ length: 7 }, (_, number) => `  u${number}: x`).join('\n');
    expect((await found(`users:\n${many}`))[0]?.text).toContain('User/u4 and 2 more, to whom');
  });

  it('who have one are nothing to tell of', async () => {
    expect(await found('users:\n  alice: a')).toEqual([]);
  });
});

describe('maps of a command line', () => {
  it.each([
    ['domain-map', 'a.example.com=b.example.com', 'a.example.com=c.example.com'],
    ['registry-map', 'old.example.com/=new.example.com/', 'old.example.com/=newer.example.com/'],
  ])('send nothing to two places: --%s', async (flag, one, other) => {
    await expect(mapSettings({ [flag]: [one, other] })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/^--.* sends .* to .* and to /),
    });
    await expect(mapSettings({ [flag]: [one, one] })).resolves.toBeDefined();
  });
});
