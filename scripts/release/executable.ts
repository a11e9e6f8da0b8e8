import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Bundle } from '../bundle.ts';
import type { Platform } from './platforms.ts';
import { runtimeOf } from './runtime.ts';

const run = promisify(execFile);

/**
 * Makes one executable file of a platform's Node.js and the bundle (Node's single executable applications): the modules
 * lie in a virtual file system inside it, so that a command loads only those it needs.
 */
export async function makeExecutable(bundle: Bundle, platform: Platform, output: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'asa-backup-executable-'));
  try {
    const executable = join(folder, 'node');
    await copyFile(await runtimeOf(platform), executable);
    await chmod(executable, 0o755);
    if (platform.os === 'linux') await strip(executable, platform);
    const modules = bundle.files.filter(({ path }) => path.endsWith('.mjs'));
    await mkdir(join(folder, 'modules'));
    for (const { path, contents } of modules)
      await writeFile(join(folder, 'modules', basename(path)), contents);
    const names = modules.map(({ path }) => basename(path)).sort();
    const config = {
      main: 'modules/main.mjs',
      mainFormat: 'module',
      output: resolve(output),
      executable,
      useVfs: true,
      disableExperimentalSEAWarning: true,
      assets: Object.fromEntries(
        names.filter(name => name !== 'main.mjs').map(name => [name, join('modules', name)]),
      ),
    };
    await writeFile(join(folder, 'sea.json'), JSON.stringify(config));
    await run(process.execPath, ['--build-sea', 'sea.json'], { cwd: folder });
    await chmod(output, 0o755);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Symbols are a fifth of Node's file, and nobody debugs it in here. LLVM's knows all processors, GNU's its own. */
async function strip(file: string, { arch }: Platform): Promise<void> {
  const own = arch === (process.arch === 'x64' ? 'amd64' : process.arch);
  for (const program of ['llvm-strip', ...(own ? ['strip'] : [])]) {
    try {
      await run(program, [file]);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  process.stderr.write(`there is no strip for ${arch}: its executable is a fifth larger\n`);
}
