import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/base/object.ts';
import type { ProgressEvent } from '../../src/progress/events.ts';
import { Namespaces } from '../../src/restore/namespaces.ts';
import { WaitTimeouts } from '../../src/restore/wait-timeouts.ts';

const THERE: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'space-1' } };
const GOING = { ...THERE, metadata: { ...THERE.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };

/** Namespaces of a cluster that answers so, and then as at last. */
function watched(...answers: (KubeObject | undefined)[]) {
  const events: ProgressEvent[] = [];
  let looks = 0;
  const cluster = { get: async () => answers[Math.min(looks++, answers.length - 1)] };
  const report = (event: ProgressEvent) => events.push(event);
  const namespaces = new Namespaces(cluster as never, report, new WaitTimeouts(300));
  return { namespaces, events, looks: () => looks };
}

describe('the namespace of an object', () => {
  it('is waited for until it is there, by all who need it together', async () => {
    const { namespaces, events, looks } = watched(undefined, THERE);
    await Promise.all([namespaces.there('space-1'), namespaces.there('space-1')]);
    expect(looks()).toBe(2);
    expect(events.map(({ type }) => type)).toEqual(['waiting', 'waited']);
  });

  it('is not there as long as the one before it is going', async () => {
    const { namespaces, looks } = watched(GOING, THERE);
    await namespaces.there('space-1');
    expect(looks()).toBe(2);
  });

  it.each([
    [undefined, 'its namespace space-1 is not there'],
    [GOING, 'its namespace space-1 is being deleted'],
  ])('that does not come is not waited for without end', async (answer, message) => {
    const { namespaces } = watched(answer);
    await expect(namespaces.there('space-1')).rejects.toMatchObject({ code: 'timeout', message });
  });
});
