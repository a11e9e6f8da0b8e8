import { describe, expect, it } from 'vitest';
import type { KorifiFacts } from '../../src/archive/plan.ts';
import { type KubeObject, showId } from '../../src/base/object.ts';
import { Names } from '../../src/foundation/names.ts';
import { History, smallerLimits } from '../../src/restore/retention.ts';

const keeping = (maxRetainedPackagesPerApp?: number, maxRetainedBuildsPerApp?: number): KorifiFacts => ({
  rootNamespace: 'cf',
  containerRegistrySecretNames: [],
  ...(maxRetainedPackagesPerApp !== undefined && { maxRetainedPackagesPerApp }),
  ...(maxRetainedBuildsPerApp !== undefined && { maxRetainedBuildsPerApp }),
});

describe('a target that keeps less of the history of apps', () => {
  it('is told of, with what will be lost', () => {
    expect(smallerLimits(keeping(5, 5), keeping(2, 1))).toEqual([
      'the target keeps 2 old packages of an app, the source kept 5: older ones are left out',
      'the target keeps 1 old builds of an app, the source kept 5: older ones are left out',
    ]);
    expect(smallerLimits(keeping(1, 1), keeping(0, 1))).toHaveLength(1);
  });

  it('is not one that keeps as much, or of which nothing is known', () => {
    expect(smallerLimits(keeping(5, 5), keeping(5, 6))).toEqual([]);
    expect(smallerLimits(keeping(), keeping(1, 1))).toEqual([]);
    expect(smallerLimits(keeping(5, 5), keeping())).toEqual([]);
    expect(smallerLimits(undefined, keeping(1, 1))).toEqual([]);
    expect(smallerLimits(keeping(5, 5), undefined)).toEqual([]);
  });
});

describe('the history of an app', () => {
  const made = (
    kind: string,
    name: string,
    minute: number,
    spec: object,
    condition?: string,
  ): KubeObject => ({
    apiVersion: 'korifi.cloudfoundry.org/v1alpha1',
    kind,
    metadata: { name, namespace: 'space', creationTimestamp: `2026-01-01T10:${10 + minute}:00Z` },
    spec: { ...spec, ...(kind !== 'CFApp' && { appRef: { name: 'app' } }) },
    ...(condition !== undefined && { status: { conditions: [{ type: condition, status: 'True' }] } }),
  });
  const names = new Names();
  const history = new History(names);
  history.see(made('CFApp', 'app', 0, { currentDropletRef: { name: 'build-0' } }));
  for (let push = 0; push < 4; push++) {
    const packageRef = { name: `package-${push}` };
    history.see(made('CFBuild', `build-${push}`, push, { packageRef }, 'Succeeded'));
    history.see(made('CFPackage', `package-${push}`, push, {}, 'Ready'));
  }
  history.see(made('CFBuild', 'failed', 9, { packageRef: { name: 'package-3' } }));
  const over = (target?: KorifiFacts) =>
    Array.from(history.overLimit(target), number => showId(names.at(number)));

  it('comes back as far as the target keeps it: the newest, and what is in use however old', () => {
    expect(over(keeping(1, 2))).toEqual([
      'CFPackage space/package-2',
      'CFPackage space/package-1',
      'CFBuild space/build-1',
    ]);
    expect(over(keeping(0, 0))).not.toContain('CFBuild space/build-0');
    expect(over(keeping(0, 0))).not.toContain('CFPackage space/package-0');
  });

  it('comes back whole where there is room, or nothing is known of the target', () => {
    expect(over(keeping(3, 3))).toEqual([]);
    expect(over(keeping())).toEqual([]);
    expect(over()).toEqual([]);
  });

  it('does not count builds that failed, which cleaners leave alone', () => {
    expect(over(keeping(0, 0))).not.toContain('CFBuild space/failed');
  });
});
