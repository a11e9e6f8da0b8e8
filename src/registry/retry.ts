import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../base/errors.ts';

/** One more attempt that is about to be made; reported so that people see why it takes longer. */
export interface Retry {
  /** Repository, tag or digest, as the failure would name it. */
  readonly subject: string;
  readonly reason: string;
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  readonly delayMs: number;
}

export interface RetryPolicy {
  /** Attempts in all. */
  readonly attempts: number;
  /** The delay after the first attempt; each further one doubles it, and chance takes off up to half. */
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
  readonly onRetry?: (retry: Retry) => void;
  /** What all requests of a run have together. */
  readonly budget?: RetryBudget;
}

/** Repetitions that are left to a run: a registry that answers badly all the time is not worked around for ever. */
export class RetryBudget {
  readonly #retries: number;
  #left: number;

  constructor(retries: number) {
    this.#retries = retries;
    this.#left = retries;
  }

  /** @throws Failure, which is the given one with the reason for giving up, when nothing is left */
  spend({ code, message, subject, hints }: Failure): void {
    if (this.#left-- > 0) return;
    const reason = `${this.#retries} requests of this run had to be repeated: look after the registry or the way to it`;
    throw new Failure(code, message, {
      ...(subject !== undefined && { subject }),
      hints: [reason, ...hints],
    });
  }
}

export const RETRIES: RetryPolicy = { attempts: 6, firstDelayMs: 250, longestDelayMs: 10_000 };
/** What a server may ask us to wait; beyond it the attempt is made early and costs one of the attempts. */
const RETRY_AFTER_MS = 120_000;

/** A failure that may be gone at the next attempt. */
export class Transient extends Error {
  /** What it is when there is no attempt left. */
  readonly failure: Failure;
  /** What the server asked us to wait (Retry-After). */
  readonly afterMs: number | undefined;

  constructor(failure: Failure, afterMs?: number) {
    super(failure.message);
    this.failure = failure;
    this.afterMs = afterMs;
  }
}

/** Makes attempts until one returns or throws something else than a {@link Transient}. */
export async function withRetries<T>(
  policy: RetryPolicy,
  subject: string,
  signal: AbortSignal | undefined,
  run: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      await pause(policy, subject, signal, attempt, error);
    }
  }
}

/** Waits before the next attempt; throws when there is none to be made after this error. */
export async function pause(
  policy: RetryPolicy,
  subject: string,
  signal: AbortSignal | undefined,
  attempt: number,
  error: unknown,
): Promise<void> {
  signal?.throwIfAborted();
  if (!(error instanceof Transient)) throw error;
  if (attempt >= policy.attempts) throw error.failure;
  policy.budget?.spend(error.failure);
  const delayMs = delay(policy, attempt, error.afterMs);
  policy.onRetry?.({ subject, reason: error.message, attempt, delayMs });
  await sleep(delayMs, undefined, signal === undefined ? {} : { signal });
}

function delay(policy: RetryPolicy, attempt: number, afterMs: number | undefined): number {
  if (afterMs !== undefined) return Math.min(afterMs, RETRY_AFTER_MS);
  const longest = Math.min(policy.firstDelayMs * 2 ** (attempt - 1), policy.longestDelayMs);
  return Math.round(longest * (0.5 + Math.random() / 2));
}

/** The milliseconds of a Retry-After header: seconds or a date (RFC 9110 §10.2.3). */
export function retryAfter(header: string | string[] | undefined): number | undefined {
  const text = String(header ?? '').trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
