import { describe, expect, it } from 'vitest';
import type { JsonObject, KubeObject } from '../../src/base/object.ts';
import { isNotStarted, startValue } from '../../src/foundation/start.ts';
import { kindOf } from './fixtures.ts';

function korifi(kind: string, spec: JsonObject): KubeObject {
  return { apiVersion: 'korifi.cloudfoundry.org/v1alpha1', kind, metadata: { name: 'one' }, spec };
}

function ruleOf(object: KubeObject) {
  const { start } = kindOf(object);
  if (start === undefined) throw new TypeError(`${object.kind} is not started`);
  return start;
}

const app = (desiredState: string) => korifi('CFApp', { desiredState });
const plan = (visibility: JsonObject) => korifi('CFServicePlan', { visibility });

describe('the last step of a restore', () => {
  it.each([
    ['starts an app that ran', app('STARTED'), 'STARTED'],
    ['leaves one alone that was stopped', app('STOPPED'), undefined],
    ['leaves one alone of which nothing is said', korifi('CFApp', {}), undefined],
    ['shows a plan to whom it was shown', plan({ type: 'public' }), { type: 'public' }],
    ['leaves one hidden that was', plan({ type: 'admin', organizations: [] }), undefined],
  ])('%s', (_, source, value) => {
    expect(startValue(ruleOf(source), source)).toEqual(value);
  });

  it('knows what has been started since by what it was made with', () => {
    const isNew = (object: KubeObject) => isNotStarted(ruleOf(object), object);
    expect([app('STOPPED'), app('STARTED')].map(isNew)).toEqual([true, false]);
    const plans = [{ type: 'admin' }, { type: 'admin', organizations: null }, { type: 'public' }];
    expect(plans.map(plan).map(isNew)).toEqual([true, true, false]);
  });
});
