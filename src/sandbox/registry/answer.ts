import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** The codes of the distribution specification that this registry uses, with their status. */
const STATUS = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 400,
  BLOB_UPLOAD_UNKNOWN: 404,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 400,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  RANGE_INVALID: 416,
  SIZE_INVALID: 413,
  UNAUTHORIZED: 401,
  UNSUPPORTED: 405,
} as const;

/** A refusal as the distribution specification words it (spec.md#error-codes). */
export class Refusal extends Error {
  readonly code: keyof typeof STATUS;
  readonly headers: OutgoingHttpHeaders;

  constructor(code: keyof typeof STATUS, message: string, headers: OutgoingHttpHeaders = {}) {
    super(message);
    this.code = code;
    this.headers = headers;
  }
}

export function refuse(response: ServerResponse, { code, message, headers }: Refusal): void {
  const body = JSON.stringify({ errors: [{ code, message }] });
  reply(response, STATUS[code], { 'content-type': 'application/json', ...headers }, body);
}

/** Sends an answer whose length is known; a HEAD gets the same without its body. */
export function reply(
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders = {},
  body: Buffer | string = '',
): void {
  const length = Buffer.byteLength(body);
  response.writeHead(status, { ...headers, ...(status === 204 ? {} : { 'content-length': length }) });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/**
 * A request's body as a whole.
 * @throws Refusal `SIZE_INVALID` beyond the limit
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > limit) throw new Refusal('SIZE_INVALID', `more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
