import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/archive/plan.ts';
import type { KubeObject } from '../../src/base/object.ts';
import { NO_CROSSING } from '../../src/foundation/conversions/conversions.ts';
import { Names } from '../../src/foundation/names.ts';
import type { Domains } from '../../src/restore/domains.ts';
import { takeInventory } from '../../src/restore/inventory.ts';
import { stepNames } from '../../src/restore/run-waves.ts';
import type { ObjectStore } from '../../src/restore/store.ts';
import { kindOf, named } from '../foundation/fixtures.ts';

const PLAN: KubeObject = {
  apiVersion: 'korifi.cloudfoundry.org/v1alpha1',
  kind: 'CFServicePlan',
  metadata: { namespace: 'cf', name: 'plan' },
  spec: { visibility: { type: 'public' } },
};

/** The steps of a restore of these objects. */
async function stepsOf(objects: readonly KubeObject[], start: boolean): Promise<string[]> {
  const store = {
    names: new Names(),
    async *all() {
      for (const object of objects) yield { descriptor: kindOf(object), object };
    },
  };
  const { waves } = await takeInventory(store as unknown as ObjectStore, {
    plan: { source: {}, images: [], losses: [] } as unknown as Plan,
    crossing: NO_CROSSING,
    domains: { see: () => undefined } as unknown as Domains,
    target: undefined,
    start,
    part: { has: () => true, wants: () => true, leftOut: [] },
    tasks: false,
  });
  return waves.flatMap(stepNames);
}

describe('a restore that starts no app', () => {
  const objects = [named('CFApp space-1/app-1'), PLAN];

  it('leaves apps as they are made, stopped, and shows plans all the same', async () => {
    expect(await stepsOf(objects, true)).toEqual(
      expect.arrayContaining(['CFApp start', 'CFServicePlan start']),
    );
    const steps = await stepsOf(objects, false);
    expect(steps).not.toContain('CFApp start');
    expect(steps).toEqual(expect.arrayContaining(['CFApp', 'CFServicePlan start']));
  });
});
