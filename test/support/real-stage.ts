import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { dockerConfig } from './kubectl-plugin.ts';
import { type Outcome, runProgram } from './program.ts';
import { type RealFoundation, startRealFoundation } from './real-foundation.ts';

/** A foundation with everything in it, one with nothing but Carvel and kpack, and an archive between them. */
export interface RealStage {
  readonly source: RealFoundation;
  readonly target: RealFoundation;
  /** Where an export puts the archive that the tests share. */
  readonly archive: string;
  /** age: whom secrets are encrypted to, and the file of the identity that opens them. */
  readonly recipient: string;
  readonly identity: string;
  /** A folder for `DOCKER_CONFIG` with the login to the target's registry. */
  readonly logins: string;
  /** Restores the shared archive to the target: to its registry or another one, with its login or another one. */
  restore(flags: readonly string[], other?: { registry?: string; logins?: string }): Promise<Outcome>;
  stop(): Promise<void>;
}

export const APPS = 16;
export const LOGIN = { username: 'tap', password: 'correct-horse-battery' };

export async function startRealStage(): Promise<RealStage> {
  const landscape = { seed: 'real', apps: APPS, appBytes: 4096 };
  const [source, target] = await Promise.all([
    startRealFoundation({ name: 'source', landscape, login: LOGIN }),
    startRealFoundation({ name: 'target', login: LOGIN }),
  ]);
  const archive = join(source.testbed.directory, 'backup.tar');
  const identity = join(source.testbed.directory, 'identity.txt');
  const secret = await generateX25519Identity();
  await writeFile(identity, `${secret}\n`);
  const logins = await dockerConfig(target.testbed, target.registry.host, LOGIN);
  return {
    source,
    target,
    archive,
    identity,
    logins,
    recipient: await identityToRecipient(secret),
    restore: (flags, other = {}) => {
      const map = `${source.registry.host}/=${other.registry ?? target.registry.host}/`;
      const env = { DOCKER_CONFIG: other.logins ?? logins };
      const args = ['restore', archive, '--kubeconfig', target.testbed.kubeconfig, '--identity', identity];
      const defaults = ['--registry-map', map, '-o', 'json', '--wait-timeout', '2m'];
      return runProgram([...args, ...defaults, ...flags], { env });
    },
    stop: async () => {
      await Promise.all([source.stop(), target.stop()]);
    },
  };
}
