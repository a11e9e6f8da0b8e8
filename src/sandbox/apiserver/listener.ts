import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answer, Call } from './call.ts';
import { StatusError } from './status-error.ts';

/** The real server's bound on a request's body. */
const BODY_BYTES = 3 * 1024 * 1024;

/** Serves calls over plain HTTP on loopback. */
export async function listen(answer: (call: Call) => Promise<Answer>, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    serve(request, response, answer).catch(error => response.destroy(error));
  });
  // Clients keep connections for as long as their own time-out says: closing first would break requests.
  server.keepAliveTimeout = 75_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return server;
}

export function urlOf(server: Server): string {
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (call: Call) => Promise<Answer>,
): Promise<void> {
  const body = await readBody(request);
  if (body === undefined) {
    const message = `the request's body is larger than ${BODY_BYTES} bytes`;
    const status = new StatusError(413, 'RequestEntityTooLarge', message);
    return send(response, { status: status.code, body: status.toJSON() });
  }
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const { method = 'GET', headers } = request;
  await send(response, await answer({ method, path: url.pathname, query: url.searchParams, headers, body }));
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= BODY_BYTES) chunks.push(chunk);
  }
  return size > BODY_BYTES ? undefined : Buffer.concat(chunks);
}

async function send(response: ServerResponse, answer: Answer): Promise<void> {
  const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
  response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
  if (answer.breakAfter !== undefined) {
    response.write(Buffer.from(text).subarray(0, answer.breakAfter), () => response.destroy());
    return;
  }
  if (answer.stream === undefined) {
    response.end(text);
    return;
  }
  response.flushHeaders();
  const closed = new AbortController();
  response.once('close', () => closed.abort());
  await answer.stream(chunk => response.write(chunk), closed.signal);
  response.end();
}
