import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Failure, reasonOf } from '../base/errors.ts';
import { type AuthDocument, findLogin, parseAuthDocument } from './auth-document.ts';
import { askHelper } from './credential-helper.ts';
import type { Credential, CredentialSource } from './credentials.ts';
import { DOCKER_HUB, type Repository } from './reference.ts';

/** For where no file should be: jobs, containers. */
const VARIABLE = 'ASA_BACKUP_REGISTRY_AUTH';
/** The name by which docker itself asks helpers about Docker Hub. */
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';

/** Logins in the order of the environment, docker, podman, then whatever pull secrets were added. */
export interface Credentials extends CredentialSource {
  /**
   * Adds a parsed `.dockerconfigjson`, asked after everything that the operator has configured.
   * @param subject names it in an error, e.g. `Secret cf/registry`
   * @throws Failure `usage` when it is no such document
   */
  addPullSecret(json: unknown, subject?: string): void;
}

interface CredentialsOptions {
  readonly environment?: NodeJS.ProcessEnv;
  readonly home?: string;
  /** Told once of a credential helper that is not there, or does not do what it should: it is gone on without it. */
  readonly onHelperFailure?: (failure: Failure) => void;
}

/**
 * The logins of this machine's user: `ASA_BACKUP_REGISTRY_AUTH` (a docker configuration as text), docker's own
 * (`DOCKER_CONFIG`, `~/.docker/config.json`) with its helpers, podman's (`REGISTRY_AUTH_FILE`, else
 * `XDG_RUNTIME_DIR/containers/auth.json` and `~/.config/containers/auth.json`), then added pull secrets.
 * Files are read when the first login is asked for.
 */
export function createCredentials({
  environment = process.env,
  home = homedir(),
  onHelperFailure = () => undefined,
}: CredentialsOptions = {}): Credentials {
  const given = fromEnvironment(environment);
  const pullSecrets: AuthDocument[] = [];
  let documents: Promise<AuthDocument[]> | undefined;
  const helpers = new Helpers(environment, onHelperFailure);
  return {
    addPullSecret: (json, subject = 'pull secret') => void pullSecrets.push(parsePullSecret(json, subject)),
    async for(repository, refused = 0) {
      documents ??= readAll(configFiles(environment, home));
      const found: Credential[] = [];
      for (const document of [...given, ...(await documents), ...pullSecrets]) {
        const credential = await loginIn(document, repository, helpers);
        const isNew = credential !== undefined && !found.some(other => isDeepStrictEqual(other, credential));
        if (isNew) found.push(credential);
        if (found.length > refused) break;
      }
      return found[refused];
    },
  };
}

/** The login that a document has for a repository: of the host's own helper, its own, or of the helper for all hosts. */
async function loginIn(
  document: AuthDocument,
  repository: Repository,
  helpers: Helpers,
): Promise<Credential | undefined> {
  const { registry } = repository;
  const helper = document.helpers.get(registry);
  if (helper) return helpers.ask(helper, registry);
  const found = findLogin(document, repository);
  const isElsewhere = found === undefined && helper === undefined && document.store !== undefined;
  return isElsewhere ? helpers.ask(document.store, registry) : found;
}

/** Credential helpers, each asked once for a host: a helper is a process, and may ask its user something. */
class Helpers {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #onFailure: (failure: Failure) => void;
  readonly #answers = new Map<string, Promise<Credential | undefined>>();
  readonly #told = new Set<string>();

  constructor(environment: NodeJS.ProcessEnv, onFailure: (failure: Failure) => void) {
    this.#environment = environment;
    this.#onFailure = onFailure;
  }

  ask(helper: string, registry: string): Promise<Credential | undefined> {
    const key = `${helper} ${registry}`;
    const host = registry === DOCKER_HUB ? DOCKER_HUB_KEY : registry;
    const answer = this.#answers.get(key) ?? this.#run(helper, host);
    this.#answers.set(key, answer);
    return answer;
  }

  /** A docker configuration outlives the docker that wrote it: without its helper there may be other logins, or no need. */
  async #run(helper: string, host: string): Promise<Credential | undefined> {
    try {
      return await askHelper(helper, host, this.#environment);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (!this.#told.has(error.message)) this.#onFailure(error);
      this.#told.add(error.message);
      return undefined;
    }
  }
}

/** @throws Failure `usage` when the variable holds something else; its content is never part of the message */
function fromEnvironment({ ASA_BACKUP_REGISTRY_AUTH: text }: NodeJS.ProcessEnv): AuthDocument[] {
  return text ? [parseAuthDocument(parseJson(text, VARIABLE), VARIABLE)] : [];
}

/** Helpers named by a Secret of the cluster are not run: what runs here is for this machine's user to say. */
function parsePullSecret(json: unknown, subject: string): AuthDocument {
  return { ...parseAuthDocument(json, subject), helpers: new Map(), store: undefined };
}

function configFiles(environment: NodeJS.ProcessEnv, home: string): string[] {
  return [
    join(environment.DOCKER_CONFIG || join(home, '.docker'), 'config.json'),
    ...podmanFiles(environment, home),
  ];
}

/** Until the next start of the machine, and what is kept for longer (containers-auth.json(5)). */
function podmanFiles(environment: NodeJS.ProcessEnv, home: string): string[] {
  const { REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR, XDG_CONFIG_HOME } = environment;
  if (REGISTRY_AUTH_FILE) return [REGISTRY_AUTH_FILE];
  const kept = [XDG_RUNTIME_DIR, XDG_CONFIG_HOME || join(home, '.config')].filter(folder => folder);
  return kept.map(folder => join(String(folder), 'containers', 'auth.json'));
}

async function readAll(paths: string[]): Promise<AuthDocument[]> {
  const documents = await Promise.all(paths.map(readDocument));
  return documents.filter(document => document !== undefined);
}

/** Undefined when there is no such file: most machines have one of them at most. */
async function readDocument(path: string): Promise<AuthDocument | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Failure('usage', `cannot read the registry logins: ${reasonOf(error)}`, { subject: path });
  }
  return parseAuthDocument(parseJson(text, path), path);
}

function parseJson(text: string, subject: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // JSON.parse quotes what it stumbled over, which may be a password.
    throw new Failure('usage', 'the file of registry logins is not JSON', { subject });
  }
}
