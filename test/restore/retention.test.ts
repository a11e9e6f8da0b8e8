import { describe, expect, it } from 'vitest';
import type { KorifiFacts } from '../../src/archive/plan.ts';
import { smallerLimits } from '../../src/restore/retention.ts';

const keeping = (maxRetainedPackagesPerApp?: number, maxRetainedBuildsPerApp?: number): KorifiFacts => ({
  rootNamespace: 'cf',
  containerRegistrySecretNames: [],
  ...(maxRetainedPackagesPerApp !== undefined && { maxRetainedPackagesPerApp }),
  ...(maxRetainedBuildsPerApp !== undefined && { maxRetainedBuildsPerApp }),
});

describe('a target that keeps less of the history of apps', () => {
  it('is told of, with what will be lost', () => {
    expect(smallerLimits(keeping(5, 5), keeping(2, 1))).toEqual([
      'the target keeps 2 old packages of an app, the source kept 5: Korifi deletes the older ones, and their images',
      'the target keeps 1 old builds of an app, the source kept 5: Korifi deletes the older ones',
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
