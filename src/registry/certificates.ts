import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Failure, reasonOf } from '../base/errors.ts';

/** What a registry's folder in certs.d holds, as PEM texts. */
export interface HostCertificates {
  readonly authorities: readonly string[];
  /** Pairs to show to a registry that asks for one; the keys stand in the same order. */
  readonly certificates: readonly string[];
  readonly keys: readonly string[];
}

/**
 * Where podman and docker look, the latter without root and of Docker Desktop too, in this order;
 * `ASA_BACKUP_CERTS_DIR` is looked at instead of all of them.
 */
export function certificateFolders(
  environment: NodeJS.ProcessEnv = process.env,
  home: string = homedir(),
): string[] {
  const own = environment.ASA_BACKUP_CERTS_DIR;
  if (own) return [own];
  const ofUser = ['.config/containers', '.config/docker', '.docker'].map(folder => join(home, folder));
  return [...ofUser, '/etc/containers', '/etc/docker'].map(folder => join(folder, 'certs.d'));
}

/**
 * Reads `HOST[:PORT]/` of each folder: `*.crt` are authorities, `NAME.cert` with `NAME.key` is a client certificate.
 * @throws Failure `usage` for files that cannot be read, and for a certificate without its key
 */
export async function readCertificates(folders: readonly string[], host: string): Promise<HostCertificates> {
  const found = await Promise.all(folders.map(folder => readFolder(join(folder, host))));
  return {
    authorities: found.flatMap(({ authorities }) => authorities),
    certificates: found.flatMap(({ certificates }) => certificates),
    keys: found.flatMap(({ keys }) => keys),
  };
}

async function readFolder(folder: string): Promise<HostCertificates> {
  const names = (await list(folder)).sort();
  const texts = (suffix: string, of = names) =>
    Promise.all(of.filter(name => name.endsWith(suffix)).map(name => read(join(folder, name))));
  const lonely = names.find(name => name.endsWith('.cert') && !names.includes(keyOf(name)));
  if (lonely !== undefined) {
    throw new Failure('usage', `the client certificate has no ${keyOf(lonely)} beside it`, {
      subject: join(folder, lonely),
    });
  }
  const pairs = names.filter(name => name.endsWith('.cert'));
  return {
    authorities: await texts('.crt'),
    certificates: await texts('.cert'),
    keys: await texts('.key', pairs.map(keyOf)),
  };
}

function keyOf(certificate: string): string {
  return certificate.replace(/\.cert$/, '.key');
}

/** Hardly any registry has a folder. */
async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw unreadable(folder, error);
  }
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(subject: string, cause: unknown): Failure {
  return new Failure('usage', `cannot read a registry's certificates: ${reasonOf(cause)}`, {
    subject,
    cause,
  });
}
