import { readFile } from 'node:fs/promises';
import { Failure, reasonOf } from '../base/errors.ts';
import type { ClientCertificate, Credential, Credentials } from './credentials.ts';
import { runPlugin } from './exec-run.ts';
import type { ClusterEntry, ExecEntry } from './kubeconfig-entries.ts';

const SUPPORTED = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

/**
 * Credentials that a program gives out, as kubectl has it run: with KUBERNETES_EXEC_INFO, on the terminal where it
 * wants one, once until its credential expires or is refused.
 * https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
 */
export class ExecPlugin implements Credentials {
  readonly origin: string;
  readonly #exec: ExecEntry;
  readonly #cluster: ClusterEntry;
  readonly #certificate: () => Promise<ClientCertificate | undefined>;
  readonly #env: Readonly<Record<string, string | undefined>>;
  #running: Promise<Issued> | undefined;

  constructor(
    exec: ExecEntry,
    cluster: ClusterEntry,
    certificate: () => Promise<ClientCertificate | undefined>,
    env: Readonly<Record<string, string | undefined>>,
  ) {
    this.origin = `exec plugin ${JSON.stringify(exec.command)}`;
    this.#exec = exec;
    this.#cluster = cluster;
    this.#certificate = certificate;
    this.#env = env;
  }

  async current(signal?: AbortSignal): Promise<Credential> {
    const running = this.#running ?? this.#start(signal);
    const issued = await running;
    if (Date.now() < issued.until) return issued.credential;
    // Several requests may find it expired at once: the first of them starts the plugin.
    if (this.#running === running) this.#running = undefined;
    return (await (this.#running ?? this.#start(signal))).credential;
  }

  renew(): boolean {
    this.#running = undefined;
    return true;
  }

  #start(signal: AbortSignal | undefined): Promise<Issued> {
    const running = this.#issue(signal);
    this.#running = running;
    running.catch(() => {
      if (this.#running === running) this.#running = undefined;
    });
    return running;
  }

  async #issue(signal: AbortSignal | undefined): Promise<Issued> {
    const exec = this.#exec;
    if (!SUPPORTED.includes(exec.apiVersion)) {
      throw new Failure('kubeconfig', `${this.origin} wants ${exec.apiVersion}, which is not supported`, {
        hints: [`supported: ${SUPPORTED.join(', ')}`],
      });
    }
    const interactive = this.#interactive();
    const spec = {
      interactive,
      ...(exec.provideClusterInfo && { cluster: await clusterInfo(this.#cluster) }),
    };
    const info = JSON.stringify({ apiVersion: exec.apiVersion, kind: 'ExecCredential', spec });
    const text = await runPlugin(exec, { interactive, info, env: this.#env, signal });
    return issuedBy(text, exec, this.origin, await this.#certificate());
  }

  #interactive(): boolean {
    const mode = this.#exec.interactiveMode ?? 'IfAvailable';
    const terminal = process.stdin.isTTY === true;
    if (mode === 'Always' && !terminal) {
      throw new Failure('unauthorized', `${this.origin} needs a terminal to ask on, and there is none`);
    }
    return mode !== 'Never' && terminal;
  }
}

interface Issued {
  readonly credential: Credential;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

function issuedBy(
  text: string,
  exec: ExecEntry,
  origin: string,
  certificate: ClientCertificate | undefined,
): Issued {
  const answer = parsed(text, origin);
  if (answer.kind !== 'ExecCredential' || answer.apiVersion !== exec.apiVersion) {
    throw new Failure('unauthorized', `${origin} answered with no ExecCredential of ${exec.apiVersion}`);
  }
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = answer.status ?? {};
  const own = typeof cert === 'string' && typeof key === 'string' ? { cert, key } : certificate;
  if (typeof token !== 'string' && own === undefined) {
    throw new Failure('unauthorized', `${origin} gave neither a token nor a certificate`);
  }
  const expires = typeof expirationTimestamp === 'string' ? Date.parse(expirationTimestamp) : Number.NaN;
  return {
    credential: {
      ...(typeof token === 'string' && { authorization: `Bearer ${token}` }),
      ...(own && { certificate: own }),
    },
    until: Number.isNaN(expires) ? Number.POSITIVE_INFINITY : expires,
  };
}

interface Answer {
  kind?: unknown;
  apiVersion?: unknown;
  status?: Record<string, unknown>;
}

function parsed(text: string, origin: string): Answer {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer === 'object' && answer !== null) return answer as Answer;
  } catch {
    // What it printed may hold a credential, so the parser's message, which quotes it, is not told.
  }
  throw new Failure('unauthorized', `${origin} answered with something that is no JSON object`);
}

async function clusterInfo(cluster: ClusterEntry): Promise<Record<string, unknown>> {
  const ca = cluster['certificate-authority-data'] ?? (await encodedFile(cluster['certificate-authority']));
  const config = cluster.extensions?.find(
    ({ name }) => name === 'client.authentication.k8s.io/exec',
  )?.extension;
  return {
    server: cluster.server,
    'tls-server-name': cluster['tls-server-name'],
    'insecure-skip-tls-verify': cluster['insecure-skip-tls-verify'],
    'certificate-authority-data': ca,
    'proxy-url': cluster['proxy-url'],
    config,
  };
}

async function encodedFile(file: string | undefined): Promise<string | undefined> {
  if (!file) return undefined;
  try {
    return await readFile(file, 'base64');
  } catch (error) {
    throw new Failure('kubeconfig', `the certificate authority cannot be read: ${reasonOf(error)}`, {
      subject: file,
      cause: error,
    });
  }
}
