import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, expect } from 'vitest';
import { portraitOf } from '../../src/sandbox/compare/portrait.ts';
import { View } from '../../src/sandbox/compare/view.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';
import { archiveOf, backupIn, withObjects } from '../archive/fixtures.ts';
import { type Stage, startStage, TINY } from '../support/embedded.ts';
import { MALLORY } from '../support/mallory.ts';
import { runInShell, runProgram } from '../support/program.ts';
import { ProgramInTerminal, type TerminalOptions } from '../support/terminal.ts';

export let source: Stage;
export let target: Stage;
export let archive: string;
let identity: string;

beforeAll(async () => {
  [source, target] = await Promise.all([
    startStage({ name: 'source', landscape: TINY }),
    startStage({ name: 'target' }),
  ]);
  archive = join(source.directory, 'sealed.tar');
  identity = join(source.directory, 'key.txt');
  const secret = await generateX25519Identity();
  await writeFile(identity, `${secret}\n`);
  const exporting = ['export', archive, '--kubeconfig', source.kubeconfigFile];
  const exported = await runProgram([...exporting, '--recipient', await identityToRecipient(secret)]);
  expect(exported).toMatchObject({ code: 0 });
}, 60_000);

afterAll(() => Promise.all([source?.stop(), target?.stop()]));

export const restoring = (...more: string[]) => [
  'restore',
  archive,
  '--kubeconfig',
  target.kubeconfigFile,
  ...more,
];

export const open = (options: TerminalOptions = {}, ...more: string[]) =>
  new ProgramInTerminal(restoring(...more), options);

/** The source's archive in plain text, with a right that no honest one brings. */
export async function hostileArchive(): Promise<string> {
  const hostile = join(source.directory, 'hostile.tar');
  if (existsSync(hostile)) return hostile;
  const plain = join(source.directory, 'plain.tar');
  const exporting = ['export', plain, '--kubeconfig', source.kubeconfigFile, '--plaintext-secrets'];
  expect(await runProgram(exporting)).toMatchObject({ code: 0 });
  const bindings = { group: 'rbac.authorization.k8s.io', kind: 'ClusterRoleBinding', version: 'v1' };
  const backup = await backupIn(await readFile(plain));
  await writeFile(hostile, await archiveOf(await withObjects(backup, bindings, [MALLORY])));
  return hostile;
}

/** A command line without the breaks that a shell does not see. */
export const unbroken = (text: string) => text.replaceAll(/ \\\s+/g, ' ');

/** What a wizard prints at its end, for a shell. */
export function printedLine({ raw }: ProgramInTerminal): string {
  return /^ {2}(kubectl asa-backup restore .* --yes)\r$/m.exec(unbroken(raw))?.[1] ?? '';
}

export const mallory = (stage: Stage) =>
  stage.cluster.get(KINDS.ClusterRoleBinding, undefined, MALLORY.metadata.name);

/** Takes a restore back, does what a wizard has printed, as a shell does it, and finds all as it was. */
export async function expectSame(stage: Stage, line: string, passphrase = ''): Promise<void> {
  const look = async () => [
    portraitOf(await View.of(stage.cluster), stage.registry.host),
    (await mallory(stage)) !== undefined,
  ];
  const before = await look();
  const undoing = ['undo', '--yes', '--kubeconfig', stage.kubeconfigFile];
  expect(await runProgram(undoing)).toMatchObject({ code: 0 });
  expect(await look()).not.toEqual(before);
  const kubectl = 'f() { start=("$@"); }; f';
  const secret = passphrase === '' ? '' : `--passphrase-fd 3 3<<<${passphrase}`;
  const again = `; kubectl() { shift; "\${start[@]}" "$@"; }; ${line} -q ${secret}`;
  expect(await runInShell(kubectl, [], again)).toMatchObject({ code: 0, stderr: '' });
  expect(await look()).toEqual(before);
}

/** How each step is known by its screen, and the keys that go on from it. */
export const WAY: readonly (readonly [step: string, shows: RegExp, keys: string | (() => string)])[] = [
  ['archive', /What is in the archive/, '\r'],
  ['unlock', /Open the secrets[\s\S]*key file █/, () => `${identity}\r`],
  ['choose', /Choose what comes back[\s\S]*chosen: \d+ objects/, '\r'],
  // The target has no Korifi yet whose configuration could say it.
  ['map', /What is where on the target[\s\S]*→ █/, () => `${target.registry.host}/\r`],
  ['check', /What was checked[\s\S]*nothing forbids/, '\r'],
  ['waves', /What will happen[\s\S]*\d+ {2}Namespace/, '\r'],
  ['confirm', /Begin[\s\S]*context █/, ''],
];

export async function walkTo(terminal: ProgramInTerminal, step: string): Promise<void> {
  for (const [name, shows, keys] of WAY) {
    await terminal.untilScreen(shows);
    if (name === step) return;
    terminal.type(typeof keys === 'string' ? keys : keys());
  }
}

export const F1 = '\u001bOP';
