import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServerSpec, startServer, stopServer } from './server.ts';

/** A data folder and the servers that work in it. All of them end together, at the latest with this process. */
export class Run {
  /** The data folder, under the system's folder of temporary files. */
  readonly directory: string;
  readonly #servers: ChildProcess[] = [];

  /** @param name begins the data folder's name. */
  constructor(name: string) {
    this.directory = mkdtempSync(join(tmpdir(), `${name}-`));
    openRuns.add(this);
  }

  /** Starts a server and waits until it is ready; see {@link startServer}. */
  async start(spec: ServerSpec): Promise<void> {
    await startServer(spec, this.directory, child => this.#servers.push(child));
  }

  /** Ends the servers, the last started first, and removes the data folder. */
  async stop(): Promise<void> {
    for (const server of this.#servers.splice(0).reverse()) {
      await stopServer(server);
    }
    this.#remove();
  }

  /** What {@link stop} does, without waiting for the servers to be gone. */
  stopNow(): void {
    for (const server of this.#servers.splice(0)) {
      server.kill('SIGKILL');
    }
    this.#remove();
  }

  #remove(): void {
    openRuns.delete(this);
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

const openRuns = new Set<Run>();

function stopAllNow(): void {
  for (const run of openRuns) {
    run.stopNow();
  }
}

process.on('exit', stopAllNow);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stopAllNow();
    process.kill(process.pid, signal);
  });
}
