import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Failure, reasonOf } from '../../base/errors.ts';
import { PROGRAM_NAME } from '../program/names.ts';
import { kubectlScript } from './scripts.ts';

/**
 * Puts the script that kubectl asks for completions into a folder of the PATH: that of the program itself if it may be
 * written, else the first below the user's home that may.
 * @returns what was done, for people
 * @throws Failure `io-error` when there is no such folder, or something else has the name
 */
export async function installCompletion(
  env: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
): Promise<string> {
  const script = kubectlScript(platform);
  const program = platform === 'win32' ? `${PROGRAM_NAME}.exe` : PROGRAM_NAME;
  const folders = (env.PATH ?? '').split(delimiter).filter(folder => folder !== '');
  const home = env.HOME ?? homedir();
  const own = folders.filter(folder => existsSync(join(folder, program)));
  const folder = [...own, ...folders.filter(other => other.startsWith(home))].find(isWritable);
  if (folder === undefined) {
    throw new Failure('io-error', 'no folder of the PATH may be written to', {
      hints: [`put a file ${script.name} there: kubectl asa-backup completion kubectl`],
    });
  }
  const file = join(folder, script.name);
  if (existsSync(file)) {
    if (readFileSync(file, 'utf8') === script.text) return `${file} is there already: completion works`;
    throw new Failure('io-error', 'it exists and is not of this program', {
      subject: file,
      hints: ['move it away and run this again'],
    });
  }
  try {
    await writeFile(file, script.text, { mode: 0o755, flag: 'wx' });
    await chmod(file, 0o755);
  } catch (error) {
    throw new Failure('io-error', reasonOf(error), { subject: file, cause: error });
  }
  return [
    `wrote ${file}`,
    'kubectl 1.26 and later now complete `kubectl asa-backup` wherever completion of kubectl itself is on',
    'for the program alone, as kubectl-asa_backup: completion bash, zsh, fish or powershell prints a script',
  ].join('\n');
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
