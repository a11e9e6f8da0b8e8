import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import type { Platform } from './platforms.ts';

const run = promisify(execFile);

interface LockEntry {
  readonly version: string;
  readonly integrity: string;
}

/**
 * The path of a platform's Node.js: of this machine from node_modules, of another from its npm package, which is held
 * to the digest in package-lock.json and kept in the user's cache.
 */
export async function runtimeOf({ node, nodeProgram }: Platform): Promise<string> {
  const installed = join('node_modules', node, nodeProgram);
  if (existsSync(installed)) return installed;
  const { version, integrity } = await lockEntry(node);
  const cached = join(cacheFolder(), `${node}-${version}`);
  if (existsSync(cached)) return cached;
  const program = await programIn(await packageOf(node, version, integrity), `package/${nodeProgram}`);
  await mkdir(cacheFolder(), { recursive: true });
  // Renamed when it is whole, so that what is in the cache always is.
  await writeFile(`${cached}.${process.pid}`, program, { mode: 0o755 });
  await rename(`${cached}.${process.pid}`, cached);
  return cached;
}

async function lockEntry(name: string): Promise<LockEntry> {
  const lock = JSON.parse(await readFile('package-lock.json', 'utf8'));
  return lock.packages[`node_modules/${name}`];
}

async function packageOf(name: string, version: string, integrity: string): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'asa-backup-runtime-'));
  try {
    const { stdout } = await run('npm', [
      'pack',
      `${name}@${version}`,
      '--silent',
      '--pack-destination',
      folder,
    ]);
    const bytes = await readFile(join(folder, stdout.trim()));
    const found = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
    if (found !== integrity)
      throw new Error(`${name}@${version} is ${found}, not ${integrity} as in the lock`);
    return bytes;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function programIn(tarball: Buffer, path: string): Promise<Buffer> {
  for await (const entry of Readable.from([gunzipSync(tarball)]).pipe(extract())) {
    if (entry.header.name === path) return buffer(entry);
    entry.resume();
  }
  throw new Error(`there is no ${path} in the package`);
}

function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'asa-backup-release');
}
