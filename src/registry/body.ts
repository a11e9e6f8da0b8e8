import { Failure } from '../base/errors.ts';
import type { Answer } from './transport.ts';

/**
 * An answer's body as a whole.
 * @throws Failure `registry-error` when it is more than `limit` bytes
 */
export async function readWhole(answer: Answer, limit: number, subject: string): Promise<Buffer> {
  const tooLong = new Failure('registry-error', `the registry's answer is more than ${limit} bytes`, {
    subject,
  });
  if (lengthOf(answer, 0) > limit) throw tooLong;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw tooLong;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** The Content-Length of an answer, or what stands for none. */
export function lengthOf({ headers }: Answer, otherwise: number): number {
  const text = String(headers['content-length'] ?? '');
  return /^\d{1,15}$/.test(text) ? Number(text) : otherwise;
}
