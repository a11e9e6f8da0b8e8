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

/** How often, and after which pauses, a request is tried again. Delays are milliseconds. */
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

/** What holds where nobody says otherwise: pauses of eight seconds in all at the most. */
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
  const left = policy.attempts - attempt;
  if (left <= 0) throw error.failure;
  if (error.afterMs !== undefined && error.afterMs > left * RETRY_AFTER_MS) throw tooLong(error);
  policy.budget?.spend(error.failure);
  const delayMs = delay(policy, attempt, error.afterMs);
  policy.onRetry?.({ subject, reason: error.message, attempt, delayMs });
  await sleep(delayMs, undefined, signal === undefined ? {} : { signal });
}

/** Also after what the server asks for: not all who were asked to wait should come back at the same moment. */
function delay(policy: RetryPolicy, attempt: number, afterMs = 0): number {
  const longest = Math.min(policy.firstDelayMs * 2 ** (attempt - 1), policy.longestDelayMs);
  return Math.round(Math.min(afterMs, RETRY_AFTER_MS) + longest * (0.5 + Math.random() / 2));
}

/** What no attempt of ours would outlast: a limit by the hour or by the day. */
function tooLong({ failure, afterMs = 0 }: Transient): Failure {
  const { code, message, subject, hints } = failure;
  const until = new Date(Date.now() + afterMs).toISOString().slice(0, 16).replace('T', ' ');
  return new Failure(code, message, {
    ...(subject !== undefined && { subject }),
    hints: [`it asks for no more requests until ${until} UTC`, ...hints],
  });
}

/** Larger numbers are seconds since the epoch, as Docker Hub gives them. */
const EPOCH_SECONDS = 1e9;

/** The milliseconds of a Retry-After header: seconds or a date (RFC 9110 §10.2.3). */
export function retryAfter(header: string | string[] | undefined): number | undefined {
  const text = String(header ?? '').trim();
  const seconds = /^\d{1,10}$/.test(text) ? Number(text) : undefined;
  if (seconds !== undefined && seconds < EPOCH_SECONDS) return seconds * 1000;
  // Anything that has no letter in it is no date, though JavaScript makes one of it.
  const date = seconds === undefined ? Date.parse(/[a-z]/i.test(text) ? text : '') : seconds * 1000;
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
