import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../base/errors.ts';
import { giveBack } from '../base/memory.ts';
import type { Answer } from './exchange.ts';
import { type Asked, notKubernetes } from './failures.ts';
import { retryAfterMs, type Trouble } from './retry.ts';

/** Room for an answer to begin with: that of most objects. */
const FIRST_ROOM = 8 * 1024;

/** Makes the body of an answer of its bytes. */
export type ParseBody = (bytes: Buffer) => unknown;

/** An answer that is too large, of which the rest was not read. */
export class TooLarge extends Failure {
  constructor(subject: string) {
    super('api-error', 'the answer is larger than what is held in memory', { subject });
  }
}

/**
 * What an answer says: its body, parsed, or that it is a refusal.
 * @param limit in bytes
 * @param parse what makes the body of its bytes, which nobody else has; a SyntaxError says that it cannot
 * @throws TooLarge; Failure `api-error` when it is not JSON
 */
export async function readAnswer(
  response: Answer,
  asked: Asked,
  limit: number,
  parse: ParseBody = parseText,
): Promise<{ body: unknown } | Trouble> {
  const { statusCode: status, headers } = response;
  const bytes = await readBytes(response, asked, limit);
  const contentType = String(headers['content-type'] ?? '');
  const refusal = {
    status,
    contentType,
    get text() {
      return bytes.toString();
    },
  };
  if (status < 200 || status >= 300) {
    const wanted = headers['retry-after'];
    return { refusal, retryAfterMs: retryAfterMs(Array.isArray(wanted) ? wanted[0] : wanted) };
  }
  try {
    return { body: parse(bytes) };
  } catch {
    throw notKubernetes(refusal, asked);
  }
}

function parseText(bytes: Buffer): unknown {
  return JSON.parse(bytes.toString());
}

/** Each piece is copied as it comes: kept until the last one is there, most would wait for a collection of all. */
async function readBytes(response: Answer, asked: Asked, limit: number): Promise<Buffer> {
  let bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_ROOM);
  let size = 0;
  for await (const chunk of response.body) {
    if (size + chunk.length > limit) throw new TooLarge(`${asked.method} ${asked.path}`);
    if (size + chunk.length > bytes.length) bytes = enlarged(bytes, size, size + chunk.length);
    size += chunk.copy(bytes, size);
  }
  return bytes.subarray(0, size);
}

/** Lets go of the smaller one at once. */
function enlarged(bytes: Buffer, size: number, needed: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.max(2 * bytes.length, needed));
  bytes.copy(larger, 0, 0, size);
  giveBack(bytes);
  return larger;
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
