/**
 * An acceptance test for two live Korifi foundations:
 *
 *     npm run test:live -- --source CONTEXT --target CONTEXT [--settle SECONDS] [--registry-map FROM=TO …]
 *                          [--plain-http HOST …] [--registry-ca FILE …] [--insecure-registry HOST …]
 *                          [--broker ADDRESS] [--only org|package]
 *
 * It makes an org of its own on the source, exports it, restores it into the target with the built program, looks
 * whether everything is right there, waits, looks again, takes the restore back and looks whether anything is left.
 * With a broker the org has a managed service, and all of it is done once more while the broker is away. Where both sides
 * keep their images in one place, Korifi's cleaners and a deletion of the restored org must leave those of the source.
 *
 * Where both have kapp-controller and secretgen-controller, the same is done with a package: its repository, values,
 * service account, roles, shared and generated secrets. A newer version of it that appears on the target must not be taken.
 *
 * In the end everything goes on both sides.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { runProgram } from '../support/program.ts';
import { LiveBroker } from './broker.ts';
import { removePackage } from './carvel/cleanup.ts';
import { installPackage, lacking, nameInstalled } from './carvel/installed.ts';
import { tryPackage } from './carvel/trial.ts';
import { removeOrg } from './cleanup.ts';
import { type LiveOrg, makeOrg } from './org.ts';
import { openSide, type Side } from './stage.ts';
import { Trial } from './trial.ts';

const { values: flags } = parseArgs({
  options: {
    source: { type: 'string' },
    target: { type: 'string' },
    /** How long nothing may change after the restore: garbage collectors and cleaners take their time. */
    settle: { type: 'string', default: '120' },
    'registry-map': { type: 'string', multiple: true, default: [] },
    'plain-http': { type: 'string', multiple: true, default: [] },
    'registry-ca': { type: 'string', multiple: true, default: [] },
    'insecure-registry': { type: 'string', multiple: true, default: [] },
    /** One half of it: `org` or `package`. */
    only: { type: 'string' },
    /** Under which address both foundations reach this machine, for a service broker that runs here. */
    broker: { type: 'string' },
  },
});

/** Flags of the program that are the same for both sides. */
const REGISTRY_FLAGS = (['plain-http', 'registry-ca', 'insecure-registry'] as const).flatMap(name =>
  flags[name].flatMap(value => [`--${name}`, value]),
);
const ENV = {
  KUBECONFIG: process.env.KUBECONFIG,
  HOME: process.env.HOME,
  DOCKER_CONFIG: process.env.DOCKER_CONFIG,
};

async function main(): Promise<void> {
  const { source: from, target: to } = flags;
  if (from === undefined || to === undefined || from === to) {
    throw new Error('expected --source CONTEXT and --target CONTEXT, two foundations');
  }
  const folder = await mkdtemp(join(tmpdir(), 'asa-backup-live-'));
  const sides: Side[] = [];
  try {
    const source = await openSide('source', from, flags);
    sides.push(source);
    const target = await openSide('target', to, flags);
    sides.push(target);
    say(`${from}: Korifi ${source.korifi.version}; ${to}: Korifi ${target.korifi.version}`);
    if (flags.only !== 'package') await tryOrg(source, target, join(folder, 'org.tar'));
    if (flags.only !== 'org') await tryCarvel(source, target, join(folder, 'package.tar'));
  } finally {
    for (const side of sides) await side.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function tryOrg(source: Side, target: Side, archive: string): Promise<void> {
  const broker = flags.broker === undefined ? undefined : await LiveBroker.start(flags.broker);
  let org: LiveOrg | undefined;
  try {
    org = await makeOrg(source, broker);
    say(`made the org ${org.name}${org.managed ? ', with a service of a broker' : ''}`);
    await exportTo(archive, '--org', org.name, '--no-installation');
    const parts = { source, target, org, broker, archive, restore: restoreOrg, compare: compareOrg };
    const trial = new Trial({ ...parts, undo, say, settle });
    await trial.thereAndBack('with the broker up');
    if (org.managed) {
      await broker?.down();
      await trial.thereAndBack('with the broker down');
      await broker?.up();
    }
    await trial.thereAndBack('with tasks as history', { tasks: true });
    if (isShared(source, target)) await trial.outliveCleaners();
  } finally {
    await broker?.up();
    if (org !== undefined) for (const side of [target, source]) await removeOrg(side, org);
    await broker?.down();
  }
}

async function tryCarvel(source: Side, target: Side, archive: string): Promise<void> {
  for (const side of [source, target]) {
    const lacks = lacking(side);
    if (lacks.length === 0) continue;
    return say(`packages are left out: ${side.context} does not serve ${lacks.join(', ')}`);
  }
  const made = nameInstalled();
  try {
    await installPackage(source, made);
    say(`installed a package in ${made.home}`);
    await exportTo(archive, '--namespace', made.home, '--namespace', made.apps);
    const parts = { source, target, made, restore: () => restore(archive), compare: () => compare(archive) };
    await tryPackage({ ...parts, undo, say, settle });
  } finally {
    for (const side of [target, source]) await removePackage(side, made);
  }
}

const settle = () => sleep(Number(flags.settle) * 1000);

/** Whether both sides keep their images in the same place. */
function isShared({ korifi: from }: Side, { korifi: to }: Side): boolean {
  return (
    from.containerRepositoryPrefix === to.containerRepositoryPrefix && flags['registry-map'].length === 0
  );
}

async function exportTo(archive: string, ...only: readonly string[]): Promise<void> {
  const from = ['--context', String(flags.source), '--plaintext-secrets', '--quiet'];
  await run(['export', archive, ...from, ...only, ...REGISTRY_FLAGS]);
}

async function restoreOrg(archive: string, ...more: readonly string[]): Promise<void> {
  await restore(archive, '--no-installation', ...more);
}

async function restore(archive: string, ...more: readonly string[]): Promise<void> {
  const maps = flags['registry-map'].flatMap(map => ['--registry-map', map]);
  const to = ['--context', String(flags.target), '--yes', '--quiet'];
  await run(['restore', archive, ...to, ...maps, ...more, ...REGISTRY_FLAGS]);
}

async function compareOrg(archive: string, ...more: readonly string[]): Promise<void> {
  await compare(archive, '--no-installation', ...more);
}

/** Ends with 0 only when nothing differs but what had to. */
async function compare(archive: string, ...more: readonly string[]): Promise<void> {
  const maps = flags['registry-map'].flatMap(map => ['--registry-map', map]);
  await run(['diff', archive, '--context', String(flags.target), ...maps, ...more, ...REGISTRY_FLAGS]);
}

/** Takes the last restore back. */
async function undo(): Promise<void> {
  await run(['undo', '--context', String(flags.target), '--yes', ...REGISTRY_FLAGS, '--quiet']);
}

async function run(args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await runProgram(args, { env: ENV });
  say(stdout.trimEnd());
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}:\n${stderr}`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
