import { type Refusal, statusOf } from './failures.ts';
import { codeOf, isTlsError } from './tls-failures.ts';

/** The first pause; every further one may be twice as long, up to the longest. */
const FIRST_MS = 250;
const LONGEST_MS = 15_000;

/** How an attempt ended that did not end well. */
export type Trouble =
  | { readonly refusal: Refusal; readonly retryAfterMs: number | undefined }
  | { readonly error: unknown };

/** Codes of connections that were never made: nothing can have been processed. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CONNECT_TIMEOUT',
]);

/** Whether the server cannot have seen the request. */
export function wasNotSent(trouble: Trouble): boolean {
  return 'error' in trouble && NOT_SENT.has(codeOf(trouble.error));
}

/**
 * Whether the same request may be sent again. What is not idempotent may only be when the server cannot have
 * processed it: never sent, turned away by flow control, or stopped by a webhook that did not answer, which is
 * called before anything is stored.
 */
export function isRepeatable(trouble: Trouble, idempotent: boolean): boolean {
  if ('error' in trouble) return !isTlsError(trouble.error) && (idempotent || wasNotSent(trouble));
  const { status } = trouble.refusal;
  if (status === 429) return true;
  if (status < 500 || status === 501) return false;
  return idempotent || (statusOf(trouble.refusal)?.message.includes('failed calling webhook') ?? false);
}

/** Exponential with full jitter, so that many streams do not return in step; never sooner than the server asked. */
export function pauseMs(attempt: number, retryAfterMs: number | undefined): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
  return Math.round((retryAfterMs ?? 0) + ceiling * (0.5 + Math.random() / 2));
}

/** `Retry-After` in milliseconds: seconds or an HTTP date (RFC 9110, 10.2.3). */
export function retryAfterMs(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
