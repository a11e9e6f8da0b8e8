/**
 * An acceptance test for two live Korifi foundations:
 *
 *     npm run test:live -- --source CONTEXT --target CONTEXT [--settle SECONDS] [--registry-map FROM=TO …]
 *                          [--plain-http HOST …] [--registry-ca FILE …] [--insecure-registry HOST …]
 *
 * It makes an org of its own on the source, exports it, restores it into the target with the built program, looks
 * whether everything is right there, waits, looks again, and takes the org away on both sides.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { runProgram } from '../support/program.ts';
import { check, identities } from './checks.ts';
import { removeOrg } from './cleanup.ts';
import { type LiveOrg, makeOrg } from './org.ts';
import { openSide, type Side } from './stage.ts';

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
  let org: LiveOrg | undefined;
  try {
    const source = await openSide('source', from, flags);
    sides.push(source);
    const target = await openSide('target', to, flags);
    sides.push(target);
    say(`${from}: Korifi ${source.korifi.version}; ${to}: Korifi ${target.korifi.version}`);
    org = await makeOrg(source);
    say(`made the org ${org.name}`);
    await transfer(folder, org);
    report('right after the restore', await check(source, target, org));
    const before = await identities(target, org);
    await sleep(Number(flags.settle) * 1000);
    const after = await identities(target, org);
    const gone = [...before].filter(object => !after.has(object)).map(object => `${object} is gone`);
    report(`${flags.settle} s later`, [...gone, ...(await check(source, target, org))]);
  } finally {
    for (const side of sides.reverse()) {
      if (org !== undefined) await removeOrg(side, org);
      await side.close();
    }
    await rm(folder, { recursive: true, force: true });
  }
}

async function transfer(folder: string, { name }: LiveOrg): Promise<void> {
  const archive = join(folder, 'org.tar');
  const common = ['--no-installation', ...REGISTRY_FLAGS, '--quiet'];
  const exported = [
    'export',
    archive,
    '--context',
    String(flags.source),
    '--org',
    name,
    '--plaintext-secrets',
  ];
  await run([...exported, ...common]);
  const maps = flags['registry-map'].flatMap(map => ['--registry-map', map]);
  await run(['restore', archive, '--context', String(flags.target), '--yes', ...maps, ...common]);
}

async function run(args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await runProgram(args, { env: ENV });
  say(stdout.trimEnd());
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}:\n${stderr}`);
}

function report(when: string, problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(`${when}:\n${problems.map(problem => `  ${problem}`).join('\n')}`);
  say(`${when}: right in every check`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
