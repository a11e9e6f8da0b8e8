import { readFile } from 'node:fs/promises';
import { Failure, reasonOf } from '../base/errors.ts';
import { ExecPlugin } from './exec-plugin.ts';
import type { Target } from './kubeconfig.ts';
import type { UserEntry } from './kubeconfig-entries.ts';

/** What a request shows the server. */
export interface Credential {
  /** Value of the `Authorization` header. */
  readonly authorization?: string;
  readonly certificate?: ClientCertificate;
}

/** PEM texts. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Where credentials come from; they may change while a run lasts. */
export interface Credentials {
  /** For hints: `the token`, `exec plugin "aws"` … */
  readonly origin: string;
  current(signal?: AbortSignal): Promise<Credential>;
  /** The server refused the current ones. False when no others can be had. */
  renew(): boolean;
}

/** Sources of a bearer token or a plugin's credentials, in kubectl's order of precedence. */
export function credentialsFor(
  target: Target,
  env: Readonly<Record<string, string | undefined>>,
): Credentials {
  const { user } = target;
  if (user.tokenFile) return new Expiring(`token file ${user.tokenFile}`, () => tokenFromFile(user), 60_000);
  if (user.token) return fixed('the token', user, `Bearer ${user.token}`);
  if (user.username) {
    const pair = Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64');
    return fixed('the user name and password', user, `Basic ${pair}`);
  }
  if (user.exec) return new ExecPlugin(user.exec, target.cluster, () => certificateOf(user), env);
  const provider = user['auth-provider'];
  if (provider) {
    return new Expiring(`auth provider ${JSON.stringify(provider.name)}`, () => fromProvider(target), 30_000);
  }
  return fixed(hasCertificate(user) ? 'the client certificate' : 'no credentials at all', user, undefined);
}

/** Credentials that are asked for again after some time, or when the server refuses them. */
class Expiring implements Credentials {
  readonly origin: string;
  readonly #ask: () => Promise<Credential>;
  readonly #lifetimeMs: number;
  #asked: { credential: Promise<Credential>; until: number } | undefined;

  constructor(origin: string, ask: () => Promise<Credential>, lifetimeMs: number) {
    this.origin = origin;
    this.#ask = ask;
    this.#lifetimeMs = lifetimeMs;
  }

  current(): Promise<Credential> {
    if (this.#asked === undefined || Date.now() >= this.#asked.until) {
      const credential = this.#ask();
      this.#asked = { credential, until: Date.now() + this.#lifetimeMs };
      // One that failed is not kept; its error reaches whoever asked.
      credential.catch(() => this.renew());
    }
    return this.#asked.credential;
  }

  renew(): boolean {
    this.#asked = undefined;
    return true;
  }
}

function fixed(origin: string, user: UserEntry, authorization: string | undefined): Credentials {
  let credential: Promise<Credential> | undefined;
  return {
    origin,
    current: () => {
      credential ??= withCertificate(user, authorization);
      return credential;
    },
    renew: () => false,
  };
}

async function tokenFromFile(user: UserEntry): Promise<Credential> {
  const file = user.tokenFile ?? '';
  const token = (await readText(file)).trim();
  if (token === '') throw new Failure('kubeconfig', 'the token file is empty', { subject: file });
  return withCertificate(user, `Bearer ${token}`);
}

/** @throws Failure `unauthorized` when the provider gives no token. */
async function fromProvider(target: Target): Promise<Credential> {
  const authorization = await askProvider(target).catch((error: unknown) => {
    const name = JSON.stringify(target.user['auth-provider']?.name ?? '');
    throw new Failure('unauthorized', `auth provider ${name}: ${reasonOf(error)}`, {
      hints: ['log in again with the tool that wrote the kubeconfig'],
      cause: error,
    });
  });
  return withCertificate(target.user, authorization);
}

/** What asks them is loaded for those few kubeconfigs alone that need it; client-node is large. */
async function askProvider(target: Target): Promise<string> {
  const { name, config = {} } = target.user['auth-provider'] ?? {};
  if (name === 'oidc') {
    const { oidcAuthorization } = await import('./oidc.ts');
    const { 'idp-certificate-authority-data': data, 'idp-certificate-authority': file } = config;
    return oidcAuthorization(config, await pemOf(data, file));
  }
  const { providerAuthorization } = await import('./auth-provider.ts');
  return providerAuthorization(target);
}

async function withCertificate(user: UserEntry, authorization: string | undefined): Promise<Credential> {
  const certificate = await certificateOf(user);
  return { ...(authorization === undefined ? {} : { authorization }), ...(certificate && { certificate }) };
}

function hasCertificate(user: UserEntry): boolean {
  return Boolean(user['client-certificate-data'] || user['client-certificate']);
}

async function certificateOf(user: UserEntry): Promise<ClientCertificate | undefined> {
  if (!hasCertificate(user)) return undefined;
  const cert = await pemOf(user['client-certificate-data'], user['client-certificate']);
  const key = await pemOf(user['client-key-data'], user['client-key']);
  if (cert && key) return { cert, key };
  throw new Failure('kubeconfig', 'the user has a client certificate but no client key');
}

/** The PEM text of a pair of fields, of which the base64 one wins as in kubectl. */
export async function pemOf(data: string | undefined, file: string | undefined): Promise<string | undefined> {
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  return file ? readText(file) : undefined;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Failure('kubeconfig', `a file that the kubeconfig names cannot be read: ${reasonOf(error)}`, {
      subject: file,
      cause: error,
    });
  }
}
