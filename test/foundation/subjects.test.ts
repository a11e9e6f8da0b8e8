import { describe, expect, it } from 'vitest';
import { idOf, type KubeObject } from '../../src/base/object.ts';
import { descriptorOf } from '../../src/foundation/catalog.ts';
import { NO_CROSSING } from '../../src/foundation/conversions/conversions.ts';
import { ImageMap } from '../../src/foundation/image-map.ts';
import { parseSubjectMap, rewriteSubjects } from '../../src/foundation/subjects.ts';
import { Domains } from '../../src/restore/domains.ts';
import { type Mapping, transform } from '../../src/restore/transform.ts';

const binding = (...subjects: object[]): KubeObject => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: { name: 'role', namespace: 'space' },
  roleRef: { kind: 'ClusterRole', name: 'korifi-controllers-space-developer' },
  subjects,
});

describe('the people of a restored foundation', () => {
  const map = parseSubjectMap('users:\n  alice: a.smith\ngroups:\n  devs: developers\n', 'map.yaml');

  it('have the names that the file gives them, each kind its own', () => {
    const role = binding(
      { kind: 'User', name: 'alice' },
      { kind: 'User', name: 'devs' },
      { kind: 'Group', name: 'devs' },
      { kind: 'ServiceAccount', name: 'alice', namespace: 'cf' },
    );
    rewriteSubjects(role, map);
    expect(role.subjects.map(({ name }: { name: string }) => name)).toEqual([
      'a.smith',
      'devs',
      'developers',
      'alice',
    ]);
  });

  it('have them in what a restore creates', () => {
    const role = binding({ kind: 'User', name: 'alice' });
    const descriptor = descriptorOf('rbac.authorization.k8s.io', 'RoleBinding');
    if (descriptor === undefined) throw new TypeError('the catalog knows role bindings');
    const mapping: Mapping = {
      images: new ImageMap([]),
      pullSecrets: new Map(),
      logins: new Map(),
      authorities: undefined,
      packageVersion: 'keep',
      valuesSecrets: new Set(),
      serviceCredentials: new Set(),
      crossing: NO_CROSSING,
      domains: new Domains({ source: undefined, target: undefined, rules: [] }),
      subjects: map,
    };
    expect(transform(descriptor, role, idOf(role), mapping).subjects).toEqual([
      { kind: 'User', name: 'a.smith' },
    ]);
  });

  it('are left alone in what has no subjects', () => {
    const odd = { ...binding(), subjects: 'alice' } as unknown as KubeObject;
    rewriteSubjects(odd, map);
    expect(odd.subjects).toBe('alice');
  });

  it.each([
    ['people:\n  a: b\n', 'neither users nor groups'],
    ['users: [a]\n', 'no map of names'],
    ['users:\n  a: 1\n', 'gives a no name'],
    ['- a\n', 'it is no map'],
    ['a: [', 'it is no YAML'],
  ])('are not guessed from %j', (text, why) => {
    expect(() => parseSubjectMap(text, 'map.yaml')).toThrow(why);
  });
});
