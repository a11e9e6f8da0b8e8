import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SnapshotStore } from '../../src/ui/snapshot-store.ts';

const INTERVAL = 100;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** How many snapshots are taken in ten seconds when to show one takes so many milliseconds. */
async function snapshotsWhenShowingTakes(milliseconds: number): Promise<number> {
  const now = vi.spyOn(performance, 'now').mockReturnValue(0);
  const store = new SnapshotStore(() => ({}), INTERVAL);
  let shown = 0;
  store.subscribe(() => {
    shown++;
    now.mockReturnValueOnce(milliseconds);
  });
  await vi.advanceTimersByTimeAsync(10_000);
  store.close();
  now.mockRestore();
  return shown;
}

describe('a view that is sampled', () => {
  it.each`
    cost                          | milliseconds | snapshots
    ${'next to nothing'}          | ${0}         | ${100}
    ${'less than a sixtieth'}     | ${1.5}       | ${100}
    ${'more, on a slow terminal'} | ${5}         | ${34}
    ${'so much that it lags'}     | ${50}        | ${20}
  `('takes $snapshots snapshots in ten seconds when one costs $cost', async ({ milliseconds, snapshots }) => {
    expect(await snapshotsWhenShowingTakes(milliseconds)).toBe(snapshots);
  });

  it('takes none after it was closed, also when that was in the middle of one', async () => {
    const sample = vi.fn(() => ({}));
    const store = new SnapshotStore(sample, INTERVAL);
    store.subscribe(() => store.close());
    await vi.advanceTimersByTimeAsync(1000);
    expect(sample).toHaveBeenCalledTimes(2);
  });
});
