import { sleep } from '../base/concurrency.ts';
import { Failure } from '../base/errors.ts';
import type { ApiResource, Cluster } from '../cluster/cluster.ts';
import type { Report } from '../progress/events.ts';
import type { WaitTimeouts } from './wait-timeouts.ts';

const LOOK_INTERVAL_MS = 250;
/** The kind itself: every API server has it, and always has had. */
export const NAMESPACES: ApiResource = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};

/** Which namespaces are there. Those of orgs and spaces are made by Korifi, and creates before that are refused. */
export class Namespaces {
  readonly #cluster: Cluster;
  readonly #report: Report;
  readonly #timeouts: WaitTimeouts;
  readonly #waits = new Map<string, Promise<void>>();

  constructor(cluster: Cluster, report: Report, timeouts: WaitTimeouts) {
    this.#cluster = cluster;
    this.#report = report;
    this.#timeouts = timeouts;
  }

  /** @throws Failure `timeout` when nobody makes the namespace in time. */
  there(name: string, signal?: AbortSignal): Promise<void> {
    const wait = this.#waits.get(name) ?? this.#wait(name, signal);
    this.#waits.set(name, wait);
    return wait;
  }

  async #wait(name: string, signal: AbortSignal | undefined): Promise<void> {
    const deadline = Date.now() + this.#timeouts.of(NAMESPACES.kind);
    const subject = `Namespace ${name}`;
    for (let looks = 0; ; looks++) {
      const live = await this.#cluster.get(NAMESPACES, undefined, name, signal);
      if (live !== undefined && live.metadata.deletionTimestamp === undefined) {
        if (looks > 0) this.#report({ type: 'waited', subject });
        return;
      }
      if (Date.now() > deadline) {
        const state = live === undefined ? 'is not there' : 'is being deleted';
        throw new Failure('timeout', `its namespace ${name} ${state}`, {
          hints: [
            'see whether its org or space is ready, or the package that makes it, then run the restore again',
          ],
        });
      }
      this.#report({ type: 'waiting', subject, for: 'it to be there', left: 1 });
      await sleep(LOOK_INTERVAL_MS, signal);
    }
  }
}
