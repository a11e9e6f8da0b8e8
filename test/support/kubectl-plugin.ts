import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { Testbed } from '../testbed/testbed.ts';
import { type Outcome, PROGRAM } from './program.ts';

/** Runs `kubectl asa-backup …` with a kubectl that finds the plugin on PATH, and nothing of the machine's user. */
export function throughKubectl(testbed: Testbed, args: readonly string[]): Promise<Outcome> {
  const path = [testbed.bin, dirname(PROGRAM), dirname(process.execPath), process.env.PATH].join(delimiter);
  const env = { PATH: path, HOME: testbed.directory };
  return new Promise(resolve => {
    const child = execFile('kubectl', ['asa-backup', ...args], { env }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

/** Writes a docker configuration with one login into a folder of a testbed; returns the folder, for `DOCKER_CONFIG`. */
export async function dockerConfig(
  { directory }: Testbed,
  host: string,
  { username, password }: { readonly username: string; readonly password: string },
): Promise<string> {
  const folder = join(directory, 'docker');
  await mkdir(folder, { recursive: true });
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
  return folder;
}
