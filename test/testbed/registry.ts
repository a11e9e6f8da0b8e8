import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { program } from './programs.ts';
import { Run } from './run.ts';
import { freePort } from './server.ts';
import type { TokenServer } from './token-server.ts';

/** How a registry is to behave; by default it speaks plain HTTP and anybody may read, write and delete. */
export interface RegistryOptions {
  /** Paths of PEM files; with them the registry speaks HTTPS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** The one login that is let in. */
  readonly htpasswd?: { readonly user: string; readonly password: string };
  /** Whose tokens it wants. */
  readonly tokens?: TokenServer;
  /** Whether writes and deletes are refused, with 405. */
  readonly readonly?: boolean;
  /** Where images are kept; a folder that is handed in survives {@link RealRegistry.stop}. */
  readonly directory?: string;
}

/** A running registry of the distribution project. */
export interface RealRegistry {
  /** `127.0.0.1:PORT`, the first part of an image's reference. */
  readonly host: string;
  /** The same with its scheme, without a slash at the end. */
  readonly url: string;
  /** Where images are kept. */
  readonly directory: string;
  /** Ends the registry and removes what it kept. */
  stop(): Promise<void>;
}

/**
 * Starts a registry on a free port.
 *
 * @throws Error when it is not built, or does not get ready, with the end of its log.
 */
export async function startRegistry(options: RegistryOptions = {}): Promise<RealRegistry> {
  const host = `127.0.0.1:${await freePort()}`;
  const url = `${options.tls ? 'https' : 'http'}://${host}`;
  const registry = program('registry');
  const run = new Run('asa-backup-registry');
  try {
    const directory = options.directory ?? join(run.directory, 'storage');
    await mkdir(directory, { recursive: true });
    const configuration = join(run.directory, 'config.yml');
    await writeFile(configuration, JSON.stringify(await configure(options, host, directory, run.directory)));
    await run.start({
      program: registry,
      args: ['serve', configuration],
      env: { OTEL_TRACES_EXPORTER: 'none' },
      readiness: { url: `${url}/v2/`, statuses: [200, 401] },
    });
    return { host, url, directory, stop: () => run.stop() };
  } catch (error) {
    await run.stop();
    throw error;
  }
}

/** The registry's configuration file; JSON is YAML too. */
async function configure(
  options: RegistryOptions,
  addr: string,
  storage: string,
  scratch: string,
): Promise<object> {
  const { tls, htpasswd, tokens } = options;
  return {
    version: '0.1',
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: storage },
      delete: { enabled: true },
      maintenance: {
        uploadpurging: { enabled: false },
        readonly: { enabled: options.readonly ?? false },
      },
    },
    http: {
      addr,
      secret: randomBytes(16).toString('hex'),
      ...(tls && { tls: { certificate: tls.cert, key: tls.key } }),
    },
    ...(htpasswd && {
      auth: { htpasswd: { realm: 'testbed', path: await passwordFile(htpasswd, scratch) } },
    }),
    ...(tokens && { auth: { token: await tokenSettings(tokens, scratch) } }),
  };
}

async function passwordFile(login: { user: string; password: string }, directory: string): Promise<string> {
  const path = join(directory, 'htpasswd');
  const { stdout } = await promisify(execFile)(program('tools'), ['htpasswd', login.user, login.password]);
  await writeFile(path, stdout);
  return path;
}

async function tokenSettings({ realm, service, issuer, jwks }: TokenServer, directory: string) {
  const path = join(directory, 'jwks.json');
  await writeFile(path, JSON.stringify(jwks));
  return { realm, service, issuer, jwks: path };
}
