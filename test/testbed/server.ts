import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const deadline = 90_000;
const pollInterval = 50;

/** A server to start. */
export interface ServerSpec {
  /** Path of the program. */
  readonly program: string;
  readonly args: readonly string[];
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where the server answers with one of `statuses` as soon as it is ready. */
  readonly readiness: { readonly url: string; readonly token?: string; readonly statuses: readonly number[] };
}

/**
 * Starts a server and waits until it is ready. Its output goes to `NAME.log` in the folder.
 *
 * @param started is handed the process at once, so that it can be ended whatever happens next.
 * @throws Error with the end of the server's log when it exits or is not ready within 90 s.
 */
export async function startServer(
  spec: ServerSpec,
  directory: string,
  started: (child: ChildProcess) => void,
): Promise<void> {
  const name = basename(spec.program);
  const log = join(directory, `${name}.log`);
  const output = openSync(log, 'a');
  const child = spawn(spec.program, spec.args, {
    stdio: ['ignore', output, output],
    env: { ...process.env, ...spec.env },
  });
  closeSync(output);
  started(child);
  await once(child, 'spawn');

  const { url, token, statuses } = spec.readiness;
  const giveUp = performance.now() + deadline;
  while (!statuses.includes((await httpStatus(url, token)) ?? 0)) {
    const ended = child.exitCode ?? child.signalCode;
    if (ended !== null || performance.now() > giveUp) {
      const why = ended === null ? `was not ready after ${deadline / 1000} s` : `ended with ${ended}`;
      throw new Error(`${name} ${why}; the end of its log:\n${lastLines(log)}`);
    }
    await sleep(pollInterval);
  }
}

/** Ends a server and waits until it is gone. */
export async function stopServer(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  const gone = once(child, 'exit');
  // Nothing a test server still has in memory is wanted, and a polite end takes seconds while clients watch.
  child.kill('SIGKILL');
  await gone;
}

/** A TCP port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** The status a GET is answered with, whoever signed the server's certificate; undefined when nobody answers. */
function httpStatus(url: string, token?: string): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const options = {
    agent: false,
    rejectUnauthorized: false,
    timeout: 5_000,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  };
  const request = (url.startsWith('https:') ? https : http).get(url, options, response => {
    response.resume();
    resolve(response.statusCode);
  });
  request.on('timeout', () => request.destroy());
  request.on('close', () => resolve(undefined));
  request.on('error', () => resolve(undefined));
  return promise;
}

function lastLines(path: string): string {
  return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-20).join('\n');
}
