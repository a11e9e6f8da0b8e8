import { spawn } from 'node:child_process';
import { Failure } from '../base/errors.ts';
import type { Credential } from './credentials.ts';

/** A helper that asks nothing answers at once; one that asks a locked key ring may hang for ever. */
const LIMIT_MS = 10_000;
const OUTPUT_BYTES = 256 * 1024;
/** The user name that stands for "the secret is an identity token" (docker-credential-helpers). */
const TOKEN_USER = '<token>';

/**
 * Runs `docker-credential-NAME get` for a host, as docker does: the host on standard input, JSON on standard output.
 * Undefined when the helper knows no login for it.
 * @throws Failure `registry-unauthorized` when the helper is not there, fails or hangs.
 */
export async function askHelper(
  name: string,
  host: string,
  environment: NodeJS.ProcessEnv,
): Promise<Credential | undefined> {
  const program = `docker-credential-${name}`;
  const failed = (why: string) =>
    new Failure('registry-unauthorized', `the credential helper ${program} ${why}`, {
      subject: host,
      hints: ['install or repair it, or take it out of credHelpers and credsStore in the docker config'],
    });
  if (!/^[\w.-]+$/.test(name)) throw failed('has a name that no program has');
  const { code, output } = await run(program, host, environment, failed);
  if (code !== 0) {
    if (/not found/i.test(output)) return undefined;
    throw failed(`ended with exit code ${code}`);
  }
  return credentialIn(output) ?? Promise.reject(failed('printed something else than a login'));
}

function run(
  program: string,
  host: string,
  environment: NodeJS.ProcessEnv,
  failed: (why: string) => Failure,
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['get'], { env: environment, stdio: ['pipe', 'pipe', 'ignore'] });
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(failed(`did not answer within ${LIMIT_MS / 1000} s`));
    }, LIMIT_MS);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.length <= OUTPUT_BYTES) return;
      child.kill('SIGKILL');
      reject(failed('printed without end'));
    });
    child.on('error', error => {
      clearTimeout(timer);
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      reject(failed(missing ? 'is not in the PATH' : `cannot be started: ${error.message}`));
    });
    child.on('close', code => {
      clearTimeout(timer);
      resolve({ code, output });
    });
    // A helper may end without reading; its exit code says what is wrong then.
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${host}\n`);
  });
}

function credentialIn(output: string): Credential | undefined {
  let answer: { Username?: unknown; Secret?: unknown } | null;
  try {
    answer = JSON.parse(output);
  } catch {
    return undefined;
  }
  const { Username: username, Secret: secret } = answer ?? {};
  if (typeof username !== 'string' || typeof secret !== 'string') return undefined;
  return username === TOKEN_USER
    ? { kind: 'identity-token', token: secret }
    : { kind: 'password', username, password: secret };
}
