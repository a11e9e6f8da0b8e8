import { sleep } from '../base/concurrency.ts';
import { Failure } from '../base/errors.ts';
import type { ApiResource, ApiSurface, Cluster } from '../cluster/cluster.ts';
import type { KindDescriptor } from '../foundation/descriptor.ts';
import type { Report } from '../progress/events.ts';
import type { WaitTimeouts } from './wait-timeouts.ts';

/** How often discovery is asked while a package still installs its kinds. */
const DISCOVERY_INTERVAL_MS = 1000;

/** The target's API, which grows while packages are restored. */
export class Kinds {
  readonly #cluster: Cluster;
  readonly #report: Report;
  readonly #timeouts: WaitTimeouts;
  #surface: ApiSurface;
  #asking: Promise<void> | undefined;
  /** Of all kinds together: when one did not come in time, those that come with it are not waited for again. */
  #deadline: number | undefined;

  constructor(cluster: Cluster, surface: ApiSurface, report: Report, timeouts: WaitTimeouts) {
    this.#cluster = cluster;
    this.#surface = surface;
    this.#report = report;
    this.#timeouts = timeouts;
  }

  find({ group, kind, versions }: KindDescriptor): ApiResource | undefined {
    const found = this.#surface.find(group, kind, versions);
    // An aggregated API is listed also while the server behind it does not answer.
    const isSilent = found !== undefined && this.#surface.silence(group, [found.version]) !== undefined;
    return isSilent ? undefined : found;
  }

  /**
   * The resource of a kind as soon as the target serves it.
   * @throws Failure `timeout` when it never does.
   */
  async served(descriptor: KindDescriptor, signal?: AbortSignal): Promise<ApiResource> {
    for (let looks = 0; ; looks++) {
      const resource = this.find(descriptor);
      if (resource !== undefined) {
        if (looks > 0) this.#deadline = undefined;
        if (looks > 1) this.#report({ type: 'waited', subject: descriptor.kind });
        return resource;
      }
      this.#deadline ??= Date.now() + this.#timeouts.of(descriptor.kind);
      if (Date.now() > this.#deadline) {
        throw new Failure(
          'timeout',
          `the target does not serve the kind ${descriptor.kind}.${descriptor.group}`,
          {
            hints: ['see whether the package that installs it has reconciled, then run the restore again'],
          },
        );
      }
      if (looks > 0) {
        this.#report({ type: 'waiting', subject: descriptor.kind, for: 'the kind to be served', left: 1 });
      }
      // What is known may be older than the package that has just brought the kind.
      this.#asking ??= this.#askAgain(looks === 0 ? 0 : DISCOVERY_INTERVAL_MS, signal);
      await this.#asking;
    }
  }

  async #askAgain(pauseMs: number, signal: AbortSignal | undefined): Promise<void> {
    try {
      await sleep(pauseMs, signal);
      this.#surface = await this.#cluster.discover(signal);
    } finally {
      this.#asking = undefined;
    }
  }
}
