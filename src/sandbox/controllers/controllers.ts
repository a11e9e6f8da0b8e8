import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, reasonOf } from '../../base/errors.ts';
import { type KubeObject, showId } from '../../base/object.ts';
import { ApiFailure, type Cluster } from '../../cluster/cluster.ts';
import { GATHER_MS, POLL_MS, RECONCILES_IN_FLIGHT } from '../limits.ts';
import { Backoff, type BackoffDelays } from './backoff.ts';
import { inParallel } from './parallel.ts';
import type { Rule } from './rule.ts';
import { Served } from './served.ts';
import { World } from './world.ts';

export interface ControllersOptions {
  readonly cluster: Cluster;
  readonly rules: readonly Rule[];
  /** How long a rule leaves an object alone that it failed on. */
  readonly delays: BackoffDelays;
  /** Tells of changes of a kind; without it the cluster is polled. Returns how to unsubscribe. */
  readonly onChange?: (listener: (change: { readonly kind: KindName }) => void) => () => void;
}

interface KindName {
  readonly group: string;
  readonly kind: string;
}

/**
 * Runs rules against a cluster until stopped: look at everything, let every rule put its objects right, wait for
 * a change or the next poll, again. All state is in the cluster, so that it may be stopped and started anywhere.
 */
export class Controllers {
  readonly #options: ControllersOptions;
  readonly #backoff: Backoff;
  readonly #served: Served;
  readonly #failing = new Map<string, string>();
  readonly #stop = new AbortController();
  #wake: () => void = () => {};
  #changes = 0;
  readonly #stale = new Set<string>();
  #world: World | undefined;
  /** Ends of passes that found nothing to do, with the count of changes at their beginning. */
  #quiet: ((changes: number) => void)[] = [];
  #running: Promise<void> = Promise.resolve();

  constructor(options: ControllersOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.delays);
    this.#served = new Served(options.cluster);
  }

  start(): void {
    const unsubscribe = this.#options.onChange?.(({ kind }) => {
      this.#changes += 1;
      this.#stale.add(nameOf(kind));
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
   * Waits until a whole pass has found nothing to do and no rule is failing.
   * @throws Failure `timeout` with what is failing, after `deadline` milliseconds.
   */
  async settle(deadline = 30_000): Promise<void> {
    const end = Date.now() + deadline;
    const since = this.#changes;
    while (Date.now() < end) {
      const quiet = new Promise<number>(resolve => this.#quiet.push(resolve));
      this.#wake();
      const seen = await Promise.race([quiet, sleep(end - Date.now(), -1, { ref: false })]);
      if (seen >= since && this.#failing.size === 0) return;
    }
    throw new Failure('timeout', `the foundation did not settle within ${deadline / 1000} s`, {
      hints: [...this.#failing].map(([what, why]) => `${what}: ${why}`),
    });
  }

  async #loop(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const before = this.#changes;
      const written = await this.#pass();
      if (written === 0) for (const told of this.#quiet.splice(0)) told(before);
      if (written > 0 || this.#changes !== before) await sleep(GATHER_MS);
      else await this.#pause();
    }
  }

  /** Until a change, the poll or the end of a back-off, whichever is first. */
  async #pause(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const poll = this.#options.onChange === undefined ? POLL_MS : POLL_MS * 5;
    const until = Math.min(
      poll,
      Math.max(GATHER_MS, (this.#backoff.next ?? Number.POSITIVE_INFINITY) - Date.now()),
    );
    await Promise.race([
      sleep(until),
      new Promise<void>(resolve => {
        this.#wake = resolve;
      }),
    ]);
    this.#wake = () => {};
    await sleep(GATHER_MS);
  }

  /** Lists what may have changed: all kinds where nobody tells of changes. */
  async #look(): Promise<World> {
    const stale = new Set(this.#stale);
    this.#stale.clear();
    const told = this.#options.onChange !== undefined;
    const isStale = (kind: KindName) => !told || stale.has(nameOf(kind));
    this.#world = await World.look(this.#options.cluster, await this.#served.kinds(), this.#world, isStale);
    return this.#world;
  }

  /** One look and every rule once; how much was written. */
  async #pass(): Promise<number> {
    try {
      const world = await this.#look();
      for (const rule of this.#options.rules) {
        await inParallel(RECONCILES_IN_FLIGHT, world.all(rule.kind), object =>
          this.#apply(rule, object, world),
        );
      }
      this.#failing.delete('cluster');
      return world.writes;
    } catch (error) {
      this.#failing.set('cluster', reasonOf(error));
      this.#world = undefined;
      return 0;
    }
  }

  async #apply(rule: Rule, object: KubeObject, world: World): Promise<void> {
    const { namespace, name, uid } = object.metadata;
    const key = `${rule.name}/${uid}`;
    const subject = `${rule.name}: ${showId({ group: '', kind: object.kind, ...(namespace && { namespace }), name })}`;
    if (this.#stop.signal.aborted || this.#backoff.asleep(key, object, Date.now())) return;
    try {
      const current = world.find(rule.kind, namespace, name);
      if (current !== undefined) await rule.reconcile(current, world);
      this.#backoff.succeeded(key);
      this.#failing.delete(subject);
    } catch (error) {
      if (movedOn(error)) return;
      this.#backoff.failed(key, world.find(rule.kind, namespace, name), Date.now());
      this.#failing.set(subject, reasonOf(error));
    }
  }
}

function nameOf({ group, kind }: KindName): string {
  return `${kind}.${group}`;
}

/** Somebody else wrote meanwhile: the next pass sees it. */
function movedOn(error: unknown): boolean {
  return error instanceof ApiFailure && (error.status === 404 || error.status === 409);
}
