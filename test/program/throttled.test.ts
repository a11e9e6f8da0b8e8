import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Effect, everything, tooMany } from '../faults/apiserver.ts';
import { SMALL } from '../support/embedded.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { runProgram } from '../support/program.ts';

/** Requests that the server works on at a time; a restore begins with many times that. */
const SEATS = 3;
const WORK_MS = 15;

/** API priority and fairness with few seats and no queue: whoever finds none is turned away. */
class FlowControl {
  served = 0;
  refused = 0;
  #seated = 0;

  readonly effect: Effect = async (call, next) => {
    if (this.#seated >= SEATS) {
      this.refused++;
      return tooMany(0)(call, next);
    }
    this.#seated++;
    try {
      await new Promise(resolve => setTimeout(resolve, WORK_MS));
      return await next(call);
    } finally {
      this.served++;
      this.#seated--;
    }
  };
}

describe('a restore that flow control holds back', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await startPair({ source: { name: 'source', landscape: SMALL } });
  }, 60_000);
  afterAll(() => pair?.stop());

  it('sends less at a time, and brings everything back', async () => {
    const { target, archive, restoring } = pair;
    const control = new FlowControl();
    target.faults.api.add(everything, control.effect, Number.POSITIVE_INFINITY);
    const { code, stdout } = await runProgram(restoring('--yes', '-o', 'json'));
    expect({ code, losses: JSON.parse(stdout).losses }).toEqual({ code: 0, losses: [] });
    // Whoever kept on with two dozen at a time would be turned away more often than not.
    expect(control.refused).toBeGreaterThan(0);
    expect(control.refused).toBeLessThan(control.served / 5);
    target.faults.clear();
    const map = restoring().slice(-2);
    const diff = await runProgram(['diff', archive, '--kubeconfig', target.kubeconfigFile, ...map]);
    expect({ code: diff.code, stdout: diff.stdout }).toMatchObject({ code: 0 });
  }, 60_000);
});
