import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, moduleFolder, programPath, type ServerModule, serverModules } from './programs.ts';

const run = promisify(execFile);

/**
 * Builds the test servers and tools that are not there yet, with the Go of the machine and modules from the Go
 * module proxy. The first build takes minutes; one whose programs are all there takes milliseconds.
 *
 * @throws Error when Go is missing, a build fails, or `ASA_TESTBED_BIN` lacks a program.
 */
export async function buildPrograms(): Promise<void> {
  for (const module of serverModules) {
    const missing = Object.keys(module.programs).filter(name => !existsSync(programPath(name)));
    if (missing.length === 0) {
      continue;
    }
    if (process.env.ASA_TESTBED_BIN) {
      throw new Error(`ASA_TESTBED_BIN=${process.env.ASA_TESTBED_BIN} has no ${missing.join(', ')}`);
    }
    const started = performance.now();
    console.log(`testbed: building ${missing.join(', ')}`);
    await buildModule(module, missing);
    console.log(
      `testbed: built ${missing.join(', ')} in ${Math.round((performance.now() - started) / 1000)} s`,
    );
  }
}

/** Builds some programs of a module into a temporary folder and moves them into the cache when all are whole. */
async function buildModule(module: ServerModule, programs: string[]): Promise<void> {
  const cache = cacheFolder(module.name);
  await mkdir(cache, { recursive: true });
  const temporary = await mkdtemp(join(cache, '.building-'));
  try {
    const packages = programs.map(name => module.programs[name] as string);
    await go(module, [
      'build',
      '-trimpath',
      '-buildvcs=false',
      '-ldflags',
      linkerFlags(module),
      '-o',
      `${temporary}/`,
      ...packages,
    ]);
    for (const name of programs) {
      await rename(join(temporary, name), join(cache, name));
    }
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

function linkerFlags({ name, stamp }: ServerModule): string {
  const flags = ['-s', '-w'];
  if (stamp) {
    const required = readFileSync(join(moduleFolder(name), 'go.mod'), 'utf8').split(/\s+/);
    const version = required[required.indexOf(stamp.module) + 1] as string;
    for (const [variable, value] of Object.entries(stamp.variables(version))) {
      flags.push('-X', `${variable}=${value}`);
    }
  }
  return flags.join(' ');
}

async function go(module: ServerModule, args: string[]): Promise<void> {
  // The settings of the machine's Go must not change what is built or which Go builds it.
  const env = {
    ...process.env,
    GOTOOLCHAIN: 'local',
    GOFLAGS: '-mod=readonly',
    GOWORK: 'off',
    CGO_ENABLED: '0',
  };
  try {
    await run('go', args, { cwd: moduleFolder(module.name), env, maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr: string };
    if (code === 'ENOENT') {
      throw new Error(
        'Go 1.26 or newer must be on PATH to build the test servers, or ASA_TESTBED_BIN name a folder of ready-made ones',
      );
    }
    const complaints = stderr.split('\n').filter(line => !line.startsWith('go: downloading '));
    throw new Error(`go build of ${module.name} failed:\n${complaints.join('\n')}`);
  }
}

if (import.meta.main) {
  try {
    await buildPrograms();
  } catch (error) {
    console.error(`testbed: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
