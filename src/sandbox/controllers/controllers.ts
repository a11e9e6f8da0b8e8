import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, reasonOf } from '../../base/errors.ts';
import { idOf, type KubeObject, showId } from '../../base/object.ts';
import { ApiFailure, type Cluster } from '../../cluster/cluster.ts';
import { GATHER_MS, POLL_MS, RECONCILES_IN_FLIGHT, REPOLL_MS, SETTLE_MS } from '../limits.ts';
import { Backoff, type BackoffDelays } from './backoff.ts';
import { Informer, type Subscribe } from './informer.ts';
import { inParallel } from './parallel.ts';
import type { Rule } from './rule.ts';
import { World } from './world.ts';

/** What runs where. */
export interface ControllersOptions {
  readonly cluster: Cluster;
  readonly rules: readonly Rule[];
  /** How long a rule leaves an object alone that it failed on. */
  readonly delays: BackoffDelays;
  /** Tells of all writes; without it the cluster is polled. */
  readonly onChange?: Subscribe;
}

/**
 * Runs rules against a cluster until stopped: look at everything, let every rule put its objects right, wait for
 * a change or the next poll, again. All state is in the cluster, so that it may be stopped and started anywhere.
 */
export class Controllers {
  readonly #options: ControllersOptions;
  readonly #informer: Informer;
  readonly #backoff: Backoff;
  readonly #stop = new AbortController();
  /** Why the last pass broke off: the server does not answer, say. */
  #broken: string | undefined;
  #changed = false;
  #wake: () => void = () => {};
  /** Passes that have begun. */
  #passes = 0;
  /** Passes in a row that found nothing to do: the longer nothing happens, the less often a server is polled. */
  #idle = 0;
  /** Told of passes that found nothing to do, by their number. */
  #quiet: ((pass: number) => void)[] = [];
  #running: Promise<void> = Promise.resolve();

  constructor(options: ControllersOptions) {
    this.#options = options;
    this.#informer = new Informer(options.cluster, options.onChange !== undefined);
    this.#backoff = new Backoff(options.delays);
  }

  start(): void {
    const unsubscribe = this.#options.onChange?.(change => {
      this.#informer.tell(change);
      this.#changed = true;
      this.#wake();
    });
    this.#running = this.#loop().finally(unsubscribe);
  }

  /** Ends after the pass in progress. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await this.#running;
  }

  /**
   * Waits until a pass that began after the call has found nothing to do and no rule is failing.
   * @throws Failure `timeout` with what is failing, after `deadline` milliseconds.
   */
  async settle(deadline = SETTLE_MS): Promise<void> {
    const end = Date.now() + deadline;
    const since = this.#passes;
    const late = sleep(deadline, since, { ref: false });
    while (Date.now() < end) {
      const quiet = new Promise<number>(resolve => this.#quiet.push(resolve));
      this.#wake();
      const pass = await Promise.race([quiet, late]);
      if (pass > since && this.#failing().length === 0) return;
    }
    throw new Failure('timeout', `the foundation did not settle within ${deadline / 1000} s`, {
      hints: this.#failing(),
    });
  }

  #failing(): string[] {
    return [...(this.#broken === undefined ? [] : [this.#broken]), ...this.#backoff.reasons];
  }

  async #loop(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#passes += 1;
      this.#changed = false;
      const written = await this.#pass();
      this.#idle = written === 0 ? this.#idle + 1 : 0;
      if (written === 0) for (const told of this.#quiet.splice(0)) told(this.#passes);
      if (written === 0 && !this.#changed) await this.#pause();
      await sleep(GATHER_MS);
    }
  }

  /** Until a change, the poll or the end of a back-off, whichever is first. */
  async #pause(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const polls = this.#options.onChange === undefined;
    const poll = polls ? Math.min(POLL_MS * this.#idle, REPOLL_MS) : REPOLL_MS;
    const retry = Math.max(0, this.#backoff.next - Date.now());
    const over = new AbortController();
    const woken = new Promise<void>(resolve => {
      this.#wake = resolve;
    });
    const slept = sleep(Math.min(poll, retry), undefined, { signal: over.signal });
    // Aborting the sleep once somebody woke us is its only way to fail.
    await Promise.race([woken, slept.catch(() => undefined)]);
    over.abort();
    this.#wake = () => {};
  }

  /** One look and every rule once; how much was written. */
  async #pass(): Promise<number> {
    const keys = new Set<string>();
    try {
      const world = new World(this.#options.cluster, await this.#informer.look());
      for (const rule of this.#options.rules) {
        await inParallel(RECONCILES_IN_FLIGHT, world.all(rule.kind), object => {
          keys.add(keyOf(rule, object));
          return this.#apply(rule, object, world);
        });
      }
      this.#backoff.keep(keys);
      this.#broken = undefined;
      return world.writes;
    } catch (error) {
      this.#broken = reasonOf(error);
      this.#informer.forget();
      return 0;
    }
  }

  async #apply(rule: Rule, object: KubeObject, world: World): Promise<void> {
    const key = keyOf(rule, object);
    if (this.#stop.signal.aborted || this.#backoff.asleep(key, object, Date.now())) return;
    const { namespace, name } = object.metadata;
    const current = world.find(rule.kind, namespace, name);
    if (current === undefined) return;
    try {
      await rule.reconcile(current, world);
      this.#backoff.succeeded(key);
    } catch (error) {
      if (movedOn(error)) return;
      this.#backoff.failed(key, world.find(rule.kind, namespace, name), reasonOf(error), Date.now());
    }
  }
}

function keyOf(rule: Rule, object: KubeObject): string {
  return `${rule.name}: ${showId(idOf(object))}`;
}

/** Somebody else wrote meanwhile: the next pass sees it. */
function movedOn(error: unknown): boolean {
  return error instanceof ApiFailure && (error.status === 404 || error.status === 409);
}
