import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { Recipient } from 'age-encryption';
import { base64 } from './age-wrap.ts';

/*
 * The header of an age file (age-encryption.org/v1, "Header"), where all recipients are ones that need no library: to load
 * it, and what it needs of Node.js, takes longer than to encrypt some MiB.
 */

const FILE_KEY_BYTES = 16;
const LINE_CHARACTERS = 64;

/** A new key of a file, hidden for each recipient. */
export async function newHeader(
  recipients: readonly Recipient[],
): Promise<{ header: Buffer; fileKey: Uint8Array }> {
  const fileKey = new Uint8Array(randomBytes(FILE_KEY_BYTES));
  const lines = ['age-encryption.org/v1'];
  for (const recipient of recipients) {
    for (const { args, body } of await recipient.wrapFileKey(fileKey))
      lines.push(`-> ${args.join(' ')}`, ...wrapped(body));
  }
  const text = [...lines, '---'].join('\n');
  const key = Buffer.from(hkdfSync('sha256', fileKey, '', 'header', 32));
  const mac = createHmac('sha256', key).update(text).digest();
  return { header: Buffer.from(`${text} ${base64(mac)}\n`), fileKey };
}

/** A body ends with a line that is not full, be it empty. */
function wrapped(body: Uint8Array): string[] {
  const text = base64(Buffer.from(body));
  const count = Math.floor(text.length / LINE_CHARACTERS) + 1;
  return Array.from({ length: count }, (_, at) =>
    text.slice(at * LINE_CHARACTERS, (at + 1) * LINE_CHARACTERS),
  );
}
