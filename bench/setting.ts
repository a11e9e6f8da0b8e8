import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Foundation } from './foundation.ts';
import type { Command } from './measure.ts';

/** What all sets are run with. */
export interface Setting {
  /** Fewer rounds and less data, for a look; the ratios are then rough. */
  readonly quick: boolean;
  /** A folder for what runs write; it is gone after the run. */
  readonly directory: string;
  /** Something to do at the end, the last first, whatever happens. */
  cleanUp(work: () => Promise<void> | void): void;
  /** Tells what is being done, on standard error. */
  say(text: string): void;
}

const PROGRAM = join(import.meta.dirname, '../bin/kubectl-asa_backup');

/** Our built program, started as a person's shell would. */
export function ours(args: readonly string[]): Command {
  return { program: process.execPath, args: [PROGRAM, ...args] };
}

/** An export of a foundation. */
export function exportTo(archive: string, { testbed }: Foundation, ca?: string): Command {
  const flags = ['--plaintext-secrets', '--quiet', ...trust(ca)];
  return ours(['export', archive, '--kubeconfig', testbed.kubeconfig, ...flags]);
}

/** A restore into a foundation, with images moved from one registry to another. */
export function restoreFrom(
  archive: string,
  { testbed }: Foundation,
  from: string,
  to: string,
  ca?: string,
): Command {
  const flags = ['--yes', '--quiet', '--registry-map', `${from}/=${to}/`, ...trust(ca)];
  return ours(['restore', archive, '--kubeconfig', testbed.kubeconfig, ...flags]);
}

/** A restore of nothing but objects; apps stay as they are made, so that each object is one write. */
export function restoreObjects(archive: string, { testbed }: Foundation): Command {
  return ours(['restore', archive, '--kubeconfig', testbed.kubeconfig, '--yes', '--quiet', '--no-start']);
}

function trust(ca: string | undefined): string[] {
  return ca === undefined ? [] : ['--registry-ca', ca];
}

/** Runs some work with a setting, and clears everything away that it made. */
export async function withSetting<T>(quick: boolean, work: (setting: Setting) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'asa-backup-bench-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  const cleaning: (() => Promise<void> | void)[] = [];
  // Also when a signal ends the run; the servers see to themselves then.
  process.once('exit', remove);
  // Logins and settings of whoever runs this must not come into it.
  process.env.DOCKER_CONFIG = directory;
  process.env.XDG_RUNTIME_DIR = directory;
  try {
    return await work({
      quick,
      directory,
      cleanUp: task => cleaning.push(task),
      say: text => process.stderr.write(`bench: ${text}\n`),
    });
  } finally {
    for (const task of cleaning.reverse()) await task();
    remove();
  }
}
