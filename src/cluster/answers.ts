import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../base/errors.ts';
import type { Answer } from './exchange.ts';
import { type Asked, notKubernetes } from './failures.ts';
import { retryAfterMs, type Trouble } from './retry.ts';

/** An answer that is too large, of which the rest was not read. */
export class TooLarge extends Failure {
  constructor(subject: string) {
    super('api-error', 'the answer is larger than what is held in memory', { subject });
  }
}

/**
 * What an answer says: its body, parsed, or that it is a refusal.
 * @param limit in bytes
 * @throws TooLarge; Failure `api-error` when it is not JSON
 */
export async function readAnswer(
  response: Answer,
  asked: Asked,
  limit: number,
): Promise<{ body: unknown } | Trouble> {
  const { statusCode: status, headers } = response;
  const text = await readText(response, asked, limit);
  const contentType = String(headers['content-type'] ?? '');
  const refusal = { status, contentType, text };
  if (status < 200 || status >= 300) {
    const wanted = headers['retry-after'];
    return { refusal, retryAfterMs: retryAfterMs(Array.isArray(wanted) ? wanted[0] : wanted) };
  }
  try {
    return { body: JSON.parse(text) };
  } catch {
    throw notKubernetes(refusal, asked);
  }
}

async function readText(response: Answer, asked: Asked, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > limit) throw new TooLarge(`${asked.method} ${asked.path}`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size).toString('utf8');
}

/** The text of an answer as it comes. Ends, and lets go of the connection, when nothing has come for so long. */
export async function* untilSilent(body: Answer['body'], silenceMs: number): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const chunks = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const silence = new AbortController();
      // It is called off when something comes, and rejects then, with nobody left to wait for it.
      const silent = sleep(silenceMs, undefined, { signal: silence.signal }).catch(() => undefined);
      const next = await Promise.race([chunks.next(), silent]).finally(() => silence.abort());
      if (next === undefined || next.done) return;
      yield decoder.decode(next.value, { stream: true });
    }
  } finally {
    // That it was cut off is what we wanted.
    body.on('error', () => undefined).destroy();
  }
}
