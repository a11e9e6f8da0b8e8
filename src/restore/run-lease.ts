import { sleep } from '../base/concurrency.ts';
import { Failure } from '../base/errors.ts';
import { holderName, isGone, whoHolds } from '../base/holder.ts';
import type { KubeObject } from '../base/object.ts';
import { ApiFailure, type ApiResource, type Cluster } from '../cluster/cluster.ts';
import type { Report } from '../progress/events.ts';

/** How often a holder shows that it lives, and after how long without a sign it is taken for dead. */
const RENEW_MS = 5_000;
const LEASE_SECONDS = 30;
/** Nobody who stops a run waits longer than this for a server that does not answer. */
const RELEASE_MS = 3_000;

export const LEASES: ApiResource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
};
/** One place for a whole cluster: the root namespace of a Korifi that is not installed yet is not known. */
export const LEASE = { namespace: 'kube-system', name: 'asa-backup' } as const;

interface RunLeaseOptions {
  /** How often the lease is renewed, in milliseconds. */
  readonly renewMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sees to it that one run at a time writes to a foundation: a Lease (coordination.k8s.io) that is renewed while the run
 * lasts and deleted at its end.
 *
 *     nobody has it                                  → ours
 *     its holder was a process of this machine, gone → ours
 *     its time is over, and it is not renewed while we look on for a while (clocks differ) → ours
 *     otherwise                                      → refused, with who has it since when
 *     somebody else has taken it from us (this machine slept) → `lost` is aborted, and the run ends
 *
 * Who may not write Leases there restores unguarded, and is told so.
 */
export class RunLease {
  readonly #cluster: Cluster;
  readonly #holder: string;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;

  private constructor(cluster: Cluster, holder: string, renewMs: number | undefined) {
    this.#cluster = cluster;
    this.#holder = holder;
    if (renewMs === undefined) return;
    this.#timer = setInterval(() => this.#renew(), renewMs);
    this.#timer.unref();
  }

  /** Aborted with a `Failure` when somebody else has taken the lease. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** @throws Failure `refused` while another run has it. */
  static async take(cluster: Cluster, report: Report, options: RunLeaseOptions = {}): Promise<RunLease> {
    const { renewMs = RENEW_MS, signal } = options;
    const holder = holderName();
    try {
      while (!(await seize(holder, { cluster, report, renewMs, signal })));
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'forbidden') throw error;
      const text = `you may not write Leases in ${LEASE.namespace}: nothing keeps a second restore out`;
      report({ type: 'note', text });
      return new RunLease(cluster, holder, undefined);
    }
    return new RunLease(cluster, holder, renewMs);
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#timer === undefined || this.lost.aborted) return;
    try {
      const signal = AbortSignal.timeout(RELEASE_MS);
      const live = await read(this.#cluster, signal);
      const { uid, resourceVersion } = live?.metadata ?? {};
      if (live?.spec?.holderIdentity !== this.#holder) return;
      const only = { ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) };
      await this.#cluster.delete(LEASES, LEASE.namespace, LEASE.name, { only, signal });
    } catch {
      // It runs out by itself; what the run came to is more important.
    }
  }

  async #renew(): Promise<void> {
    try {
      const live = await read(this.#cluster);
      if (live?.spec?.holderIdentity !== this.#holder) return this.#lose(live);
      await write(this.#cluster, live, { renewTime: microTime() });
    } catch {
      // The next beat tries again; a foundation that does not answer is not taken by anybody else either.
    }
  }

  #lose(live: KubeObject | undefined): void {
    clearInterval(this.#timer);
    const by = live === undefined ? 'it was deleted' : `now has it: ${showHolder(live)}`;
    this.#lost.abort(
      new Failure('refused', `this run no longer has the foundation for itself: ${by}`, {
        subject: showLease(),
        hints: ['see that no other restore is under way there, then go on with restore --resume'],
      }),
    );
  }
}

/** With what the lease is looked at. */
interface Look {
  readonly cluster: Cluster;
  readonly report: Report;
  readonly renewMs: number;
  readonly signal: AbortSignal | undefined;
}

/** True when the lease is ours now; false when somebody was quicker, and it has to be looked at again. */
async function seize(holder: string, look: Look): Promise<boolean> {
  const { cluster, signal } = look;
  const live = await read(cluster, signal);
  if (live !== undefined && !(await isOver(live, look))) throw taken(live);
  const now = microTime();
  const spec = {
    holderIdentity: holder,
    leaseDurationSeconds: LEASE_SECONDS,
    acquireTime: now,
    renewTime: now,
  };
  try {
    if (live === undefined) {
      await cluster.create(LEASES, {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: LEASE,
        spec,
      });
    } else await write(cluster, live, spec);
    return true;
  } catch (error) {
    if (error instanceof ApiFailure && [404, 409].includes(error.status)) return false;
    throw error;
  }
}

async function isOver(live: KubeObject, { cluster, report, renewMs, signal }: Look): Promise<boolean> {
  if (isGone(String(live.spec?.holderIdentity ?? ''))) return true;
  const renewed = Date.parse(live.spec?.renewTime ?? '') || 0;
  const lasts = (Number(live.spec?.leaseDurationSeconds) || LEASE_SECONDS) * 1000;
  if (Date.now() - renewed < lasts) return false;
  const subject = showLease();
  const message = `it was ${showHolder(live)}`;
  report({ type: 'waiting', subject, for: 'a sign of life of its holder', message, left: 1 });
  await sleep(2.5 * renewMs, signal);
  report({ type: 'waited', subject });
  const later = await read(cluster, signal);
  return later === undefined || later.metadata.resourceVersion === live.metadata.resourceVersion;
}

function read(cluster: Cluster, signal?: AbortSignal): Promise<KubeObject | undefined> {
  return cluster.get(LEASES, LEASE.namespace, LEASE.name, signal);
}

/** @throws ApiFailure 409 when it has changed since it was read. */
async function write(cluster: Cluster, live: KubeObject, spec: object): Promise<void> {
  const { resourceVersion } = live.metadata;
  const body = { metadata: { resourceVersion }, spec };
  await cluster.patch(LEASES, LEASE.namespace, LEASE.name, { type: 'merge', body });
}

function taken(live: KubeObject): Failure {
  return new Failure(
    'refused',
    `another restore or undo is under way in this foundation, ${showHolder(live)}`,
    {
      subject: showLease(),
      hints: [
        'wait until it has ended',
        `if it was killed on another machine, this lease runs out ${LEASE_SECONDS} s after its last sign of life`,
      ],
    },
  );
}

/** `run by alice@laptop since 2026-11-26T18:50:00Z` */
function showHolder({ spec = {} }: KubeObject): string {
  const who = whoHolds(String(spec.holderIdentity ?? ''));
  return `run by ${who} since ${String(spec.acquireTime ?? 'an unknown time').replace(/\.\d+/, '')}`;
}

function showLease(): string {
  return `Lease ${LEASE.namespace}/${LEASE.name}`;
}

/** A time as Leases have it (metav1.MicroTime): six digits of a second, no fewer. */
function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z');
}
