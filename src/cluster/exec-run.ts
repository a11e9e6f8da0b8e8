import { spawn } from 'node:child_process';
import { Failure, reasonOf } from '../base/errors.ts';
import { ERROR_BODY_BYTES } from '../base/limits.ts';
import type { ExecEntry } from './kubeconfig-entries.ts';

/** How a credential plugin is run. */
export interface PluginRun {
  /** Whether it may ask on our standard input. */
  readonly interactive: boolean;
  /** Value of KUBERNETES_EXEC_INFO. */
  readonly info: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a credential plugin and returns what it printed. Its standard error is ours, so that a person sees a device
 * code or a password prompt.
 *
 * @throws Failure `unauthorized` when it cannot be started, fails, or prints beyond measure.
 */
export function runPlugin(exec: ExecEntry, run: PluginRun): Promise<string> {
  const extra = Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value]));
  const child = spawn(exec.command, exec.args ?? [], {
    stdio: [run.interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
    env: { ...run.env, ...extra, KUBERNETES_EXEC_INFO: run.info },
    ...(run.signal && { signal: run.signal }),
  });
  const chunks: Buffer[] = [];
  let size = 0;
  child.stdout?.on('data', (chunk: Buffer) => {
    size += chunk.length;
    // A token or a certificate is a few KiB; the bound of error bodies leaves ample room.
    if (size <= ERROR_BODY_BYTES) {
      chunks.push(chunk);
      return;
    }
    // Programs that it has started may hold the pipe, too: closing our end stops them all.
    child.stdout?.destroy();
    child.kill();
  });
  return new Promise((resolve, reject) => {
    child.on('error', error => reject(notRun(exec, error, run.signal)));
    child.on('close', (code, signal) => {
      if (size > ERROR_BODY_BYTES) reject(failed(exec, 'printed far more than a credential'));
      else if (code === 0) resolve(Buffer.concat(chunks).toString('utf8'));
      else reject(failed(exec, code === null ? `was ended by ${signal}` : `ended with exit code ${code}`));
    });
  });
}

function notRun(exec: ExecEntry, error: NodeJS.ErrnoException, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  return failed(
    exec,
    error.code === 'ENOENT' ? 'was not found' : `could not be started: ${reasonOf(error)}`,
    error,
  );
}

function failed(exec: ExecEntry, what: string, cause?: unknown): Failure {
  const hint = exec.installHint?.trim();
  return new Failure('unauthorized', `exec plugin ${JSON.stringify(exec.command)} ${what}`, {
    hints: hint ? hint.split('\n') : ["the kubeconfig names it as the source of this user's credentials"],
    cause,
  });
}
