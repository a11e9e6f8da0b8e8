import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { program } from './programs.ts';

/**
 * Runs kubectl with a kubeconfig of the testbed and returns what it prints.
 *
 * @param input is given to kubectl as standard input.
 * @throws Error with kubectl's standard error in its message and in `stderr`.
 */
export async function kubectl(kubeconfig: string, args: readonly string[], input = ''): Promise<string> {
  // Beside the kubeconfig the discovery cache goes when the testbed does.
  const cache = join(dirname(kubeconfig), 'kubectl-cache');
  const running = promisify(execFile)(
    program('kubectl'),
    ['--kubeconfig', kubeconfig, '--cache-dir', cache, ...args],
    { maxBuffer: 256 * 1024 * 1024 },
  );
  // A kubectl that ends without reading its input has said why on standard error.
  running.child.stdin?.on('error', () => {}).end(input);
  return (await running).stdout;
}
