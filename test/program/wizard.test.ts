import { execFileSync } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KINDS } from '../../src/sandbox/kinds.ts';
import { type Stage, startStage } from '../support/embedded.ts';
import { expectPresentable, SECRET } from '../support/failure.ts';
import { runProgram } from '../support/program.ts';
import { atEverySize } from '../support/screens.ts';
import { ShellInTerminal } from '../support/shell.ts';
import { ProgramInTerminal } from '../support/terminal.ts';
import {
  archive,
  expectSame,
  F1,
  hostileArchive,
  mallory,
  open,
  printedLine,
  restoring,
  source,
  target,
  unbroken,
  WAY,
  walkTo,
} from './wizard-setting.ts';

/** What is another thing to see when one comes back. */
const BACK: Record<string, RegExp> = {
  unlock: /the secrets are open/,
  map: /What is where on the target[\s\S]*can be written/,
};

describe('a restore by the wizard', { timeout: 120_000 }, () => {
  it.each(WAY.map(([step]) => step))('leaves no trace when it is ended by Ctrl-C at %s', async step => {
    const before = target.server.storage.revision;
    const terminal = open();
    await walkTo(terminal, step);
    terminal.type('\u0003');
    expect(await terminal.ended).toBe(130);
    expect(terminal.text).toMatch(/^error: interrupted; nothing was written\n/);
    expectPresentable(terminal.text);
    expect([terminal.isSane, terminal.isOnMainScreen]).toEqual([true, true]);
    expect(target.server.storage.revision).toBe(before);
  });

  it.each([
    [40, 15],
    [200, 60],
  ])('fits %i columns and %i rows, by keys only, forth and back', async (columns, rows) => {
    const terminal = open({ columns, rows });
    await walkTo(terminal, 'confirm');
    for (const [step, shows] of WAY.toReversed()) {
      await terminal.untilScreen(BACK[step] ?? shows);
      expect(terminal.screen.filter(line => line.length > columns)).toEqual([]);
      terminal.type(step === 'archive' ? 'q' : '\u001b');
    }
    expect(await terminal.ended).toBe(5);
    expect(terminal.text).toMatch(/^error: left before the end; nothing was\s+written$/m);
    expect(terminal.isOnMainScreen).toBe(true);
  });

  it('looks as it should at every step and size, and helps there', async () => {
    const terminal = open();
    for (const [nth, [step, shows, keys]] of WAY.entries()) {
      await terminal.untilScreen(shows);
      const file = `screens/restore-${nth + 1}-${step}.txt`;
      await expect(await atEverySize(terminal, shows, /Enter|Esc|quit/)).toMatchFileSnapshot(file);
      terminal.resize(80, 24);
      terminal.type(F1);
      await terminal.untilScreen(/any key goes back/);
      terminal.type(' ');
      await terminal.untilScreen(shows);
      terminal.type(typeof keys === 'string' ? keys : keys());
    }
    terminal.type('\u0003');
    expect(await terminal.ended).toBe(130);
  });

  it('is drawn anew when the terminal changes its size', async () => {
    const terminal = open({ columns: 100, rows: 30 });
    await walkTo(terminal, 'choose');
    terminal.resize(50, 16);
    await terminal.untilScreen(/^Choose what comes back {20,30}\d of \d$/m);
    terminal.resize(120, 40);
    await terminal.untilScreen(/^Choose what comes back {50,90}●●●○○○○ {2}\d of \d$/m);
    terminal.type('\u0003');
    expect(await terminal.ended).toBe(130);
  });

  it('tells what is wrong with a key, a place or a name, and lets it be mended', async () => {
    const sealed = join(source.directory, 'passphrase.tar');
    const exporting = ['export', sealed, '--kubeconfig', source.kubeconfigFile, '--passphrase-fd', '3'];
    expect(await runProgram(exporting, { pipes: [`${SECRET}\n`] })).toMatchObject({ code: 0 });
    const terminal = new ProgramInTerminal(['restore', sealed, '--kubeconfig', target.kubeconfigFile]);
    await terminal.untilScreen(/What is in the archive/);
    terminal.type('\r');
    await terminal.untilScreen(/passphrase █/);
    terminal.type('wrong\r');
    await terminal.untilScreen(/✗ the passphrase is not the one of this archive/);
    terminal.type(`\u0015${SECRET}\r`);
    await terminal.untilScreen(/Choose what comes back[\s\S]*chosen/);
    terminal.type('\r');
    await terminal.untilScreen(/→ █/);
    terminal.type('\r');
    await terminal.untilScreen(/! left where they are: two foundations/);
    terminal.type('127.0.0.1:1/\r');
    await terminal.untilScreen(/✗ 127\.0\.0\.1:1\/\S+ cannot be written/);
    terminal.type(`\u0015${target.registry.host}/\r`);
    await terminal.untilScreen(/nothing forbids/);
    terminal.type('\r\r');
    await terminal.untilScreen(/context █/);
    terminal.type('source\r');
    await terminal.untilScreen(/✗ type target to confirm/);
    terminal.type('\u0003');
    expect(await terminal.ended).toBe(130);
    expect(terminal.raw).not.toContain(SECRET);
  });

  it('ends on a signal with the terminal as it was', async () => {
    const terminal = open();
    await walkTo(terminal, 'choose');
    terminal.kill('SIGTERM');
    expect(await terminal.ended).toBe(130);
    expect([terminal.isSane, terminal.isOnMainScreen]).toEqual([true, true]);
  });

  it('gives the terminal back for Ctrl-Z, and goes on where it was', async () => {
    const shell = await ShellInTerminal.open({ columns: 100, rows: 30 });
    const modes = await shell.modes();
    shell.start(restoring());
    await shell.untilScreen(/What is in the archive/);
    shell.type('\r');
    await shell.untilScreen(/key file █/);
    shell.type('some/key');
    await shell.untilScreen(/key file some\/key█/);
    shell.type('\u001a');
    await shell.until(/Stopped[\s\S]*ready> $/);
    expect([shell.isOnMainScreen, shell.isCursorShown, await shell.modes()]).toEqual([true, true, modes]);
    shell.type('bg\r');
    await shell.until(/&\s+ready> $/);
    expect(shell.isOnMainScreen).toBe(true);
    // Whoever read the keys that are meant for the shell would be stopped for it.
    for (let key = 0; key < 5; key++) {
      shell.type(' ');
      await new Promise(resolve => setTimeout(resolve, 30));
    }
    shell.type('jobs\r');
    await shell.until(/\[1\]\+ +(?:Running|Stopped)[\s\S]*ready> $/);
    expect(shell.text).toMatch(/\[1\]\+ +Running/);
    shell.type('fg\r');
    await shell.untilScreen(/key file some\/key█/);
    shell.type('.txt');
    await shell.untilScreen(/key file some\/key\.txt█/);
    // As somebody else would do it: one that can be heard, and one that cannot.
    for (const signal of ['SIGTSTP', 'SIGSTOP'] as const) {
      shell.signal(signal);
      await shell.until(/Stopped[\s\S]*ready> $/);
      if (signal === 'SIGTSTP') expect([shell.isOnMainScreen, await shell.modes()]).toEqual([true, modes]);
      shell.type('clear; fg\r');
      await shell.untilScreen(/Open the secrets[\s\S]*key file some\/key\.txt█/);
    }
    shell.type('\u0003');
    expect(await shell.exitCode()).toBe(130);
    expect(await shell.modes()).toBe(modes);
    shell.close();
  });

  it('gives the terminal back when it crashes', async () => {
    const shell = await ShellInTerminal.open();
    const modes = await shell.modes();
    const meddling = join(import.meta.dirname, '../support/meddle.js');
    shell.start(restoring(), { env: `NODE_OPTIONS='--import=${meddling}'` });
    await shell.untilScreen(/What is in the archive/);
    shell.signal('SIGUSR2');
    expect(await shell.exitCode()).toBe(1);
    expect(shell.text).toContain('error: boom\nhint: this is a bug');
    expect([shell.isOnMainScreen, shell.isCursorShown, await shell.modes()]).toEqual([true, true, modes]);
    shell.close();
  });

  it('shows a right in the whole cluster that nothing accounts for, and asks for it by itself', async () => {
    const hostile = await hostileArchive();
    const on = ['restore', hostile, '--kubeconfig', target.kubeconfigFile];
    const terminal = new ProgramInTerminal(on, { columns: 120, rows: 40 });
    await terminal.untilScreen(/What is in the archive/);
    terminal.type('\r');
    await terminal.untilScreen(/chosen/);
    terminal.type('\r');
    await terminal.untilScreen(/→ █/);
    terminal.type(`${target.registry.host}/\r`);
    await terminal.untilScreen(
      /1 finding forbids[\s\S]*› ✗ \[ \] ClusterRoleBinding mallory gives User mallory/,
    );
    terminal.type('\r');
    await terminal.untilScreen(/✗ what is marked ✗ forbids/);
    terminal.type(' ');
    await terminal.untilScreen(/✓ nothing forbids[\s\S]*› ! \[x\] ClusterRoleBinding mallory/);
    terminal.type('\r');
    await terminal.untilScreen(
      /nothing forbids[\s\S]*› ! ClusterRoleBinding log-drain[\s\S]*\[x\] ClusterRoleBinding mallory/,
    );
    terminal.type('\r');
    await terminal.untilScreen(/What will happen/);
    terminal.type('\r');
    await terminal.untilScreen(/! allowed all the same: ClusterRoleBinding\/mallory[\s\S]*context █/);
    expect(await mallory(target)).toBeUndefined();
    terminal.type('target\r');
    expect(await terminal.ended).toBe(0);
    expect(await mallory(target)).toBeDefined();
    const line = printedLine(terminal);
    for (const said of [/ --registry-map \S+/, / --allow ClusterRoleBinding\/mallory/])
      expect(line).toMatch(said);
    await expectSame(target, line);
    const undoing = ['undo', '--yes', '--kubeconfig', target.kubeconfigFile];
    expect(await runProgram(undoing)).toMatchObject({ code: 0 });
  });

  it('restores what was chosen, and says how to do the same without a question', async () => {
    const answers = join(source.directory, 'answers.json');
    const terminal = open(
      { columns: 100, rows: 40 },
      '--save-answers',
      answers,
      '--report',
      join(source.directory, 'r.md'),
    );
    await walkTo(terminal, 'choose');
    terminal.type(' ');
    for (const key of ['\u001b[B', ' ', '\u001b[B', ' ']) terminal.type(key);
    await terminal.untilScreen(/\[-\] everything[\s\S]*\[x\] installation[\s\S]*\[x\] \S+ org[\s\S]*chosen/);
    terminal.type('\r');
    await terminal.untilScreen(/→ █/);
    terminal.type(`${target.registry.host}/\r`);
    await terminal.untilScreen(/nothing forbids/);
    terminal.type('\r\r');
    await terminal.untilScreen(/context █/);
    terminal.type('target\r');
    expect(await terminal.ended).toBe(0);
    const line = /^ {2}kubectl asa-backup (restore .*?--yes)$/m.exec(unbroken(terminal.text))?.[1] ?? '';
    expect(line).toMatch(/--org \S+ .*--registry-map \S+ .*--context target --yes/);
    expect(terminal.text).toContain('restored to target, nothing is missing');
    expect(terminal.isSane).toBe(true);
    expect((await stat(answers)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(answers, 'utf8'))).toMatchObject({ schema: 1, context: 'target' });
    for (const again of [line.split(' '), restoring('--answers', answers)]) {
      const { code, stdout, stderr } = await runProgram([...again, '-o', 'json', '-q']);
      expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
      const outcomes = Object.values(JSON.parse(stdout).objects as Record<string, object>).map(Object.keys);
      expect(new Set(outcomes.flat())).toEqual(new Set(['unchanged']));
    }
  });
});

describe('a restore by the wizard into a foundation of other people, registries and rights', () => {
  let secured: Stage;

  beforeAll(async () => {
    const login = { username: 'robot', password: SECRET };
    secured = await startStage({ name: 'secured', korifi: 'current', login });
    await secured.cluster.create(KINDS.CFDomain, {
      apiVersion: 'korifi.cloudfoundry.org/v1alpha1',
      kind: 'CFDomain',
      metadata: { name: 'moved', namespace: 'cf' },
      spec: { name: 'moved.example.org' },
    });
  }, 60_000);
  afterAll(() => secured?.stop());

  it('asks for all of them, tries them, and says the same in flags and answers', async () => {
    const [key, sealed, answers] = ['id_ed25519', 'ssh.tar', 'people.json'].map(name =>
      join(source.directory, name),
    ) as [string, string, string];
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'opened', '-C', '', '-f', key]);
    const recipients = ['--recipients-file', `${key}.pub`];
    const exporting = ['export', sealed, '--kubeconfig', source.kubeconfigFile, ...recipients];
    expect(await runProgram(exporting)).toMatchObject({ code: 0 });
    const on = ['restore', sealed, '--kubeconfig', secured.kubeconfigFile, '--no-installation'];
    const terminal = new ProgramInTerminal([...on, '--save-answers', answers], { columns: 120, rows: 60 });
    await terminal.untilScreen(/What is in the archive/);
    terminal.type('\r');
    await terminal.untilScreen(/key file █/);
    terminal.type(`${key}\r`);
    await terminal.untilScreen(/its passphrase █/);
    terminal.type('wrong\r');
    await terminal.untilScreen(/✗ /);
    terminal.type('\u0015opened\r');
    await terminal.untilScreen(/Choose what comes back[\s\S]*chosen/);
    terminal.type('\r');
    await terminal.untilScreen(/What is where on the target/);
    await terminal.untilScreen(/login at \S+ +\d+ pull secrets\s+→ cf\/image-registry-credentials/);
    const down = '\u001b[B';
    await terminal.untilScreen(/› registry/);
    terminal.type(down);
    await terminal.untilScreen(/› domain apps/);
    terminal.type(`\u0015moved.example.org${down}`);
    await terminal.untilScreen(/› domain internal/);
    terminal.type(down);
    await terminal.untilScreen(/› login/);
    terminal.type('\u0015cf/none\r');
    await terminal.untilScreen(/✗ Secret cf\/none: the target has no such Secret/);
    terminal.type(`\u0015cf/image-registry-credentials${down}`);
    await terminal.untilScreen(/› user alice@example\.com/);
    terminal.type('alice@new.example.com\r');
    await terminal.untilScreen(/What was checked[\s\S]*nothing forbids/);
    terminal.type('\u001b');
    await terminal.untilScreen(/✓ moved\.example\.org is a domain of the target/);
    await terminal.untilScreen(/✓ robot may log in at [\s\S]*· no role on the target names alice@new/);
    terminal.type('\r');
    await terminal.untilScreen(/nothing forbids/);
    terminal.type('\r\r');
    await terminal.untilScreen(/context █/);
    terminal.type('secured\r');
    expect(await terminal.ended).toBe(0);
    // All this was seen in the wizard; what the restore found once more is in its report, and nowhere else.
    expect(terminal.text).not.toMatch(/^warning: /m);
    const said = {
      'domain-map': [expect.stringMatching(/^apps\..*=moved\.example\.org$/)],
      'subject-map': ['User/alice@example.com=alice@new.example.com'],
      'pull-secret-map': [`${source.registry.host}=cf/image-registry-credentials`],
      identity: [key],
    };
    const line = printedLine(terminal);
    for (const flag of Object.keys(said)) expect(line).toMatch(new RegExp(` --${flag} `));
    const kept = JSON.parse(await readFile(answers, 'utf8'));
    expect(kept.flags).toMatchObject(said);
    expect(JSON.stringify(kept)).not.toMatch(/opened|hunter/);
    const objects = (kind: keyof typeof KINDS) => secured.cluster.list(KINDS[kind]);
    const subjects: string[] = [];
    for await (const page of objects('RoleBinding')) {
      for (const { subjects: some } of page)
        for (const { name } of some as { name: string }[]) subjects.push(name);
    }
    expect(subjects).toContain('alice@new.example.com');
    expect(subjects).not.toContain('alice@example.com');
    await expectSame(secured, line, 'opened');
    const again = ['restore', sealed, '--kubeconfig', secured.kubeconfigFile, '--answers', answers];
    const replayed = await runProgram([...again, '--passphrase-fd', '3', '-o', 'json', '-q'], {
      pipes: ['opened\n'],
    });
    expect(replayed).toMatchObject({ code: 0, stderr: '' });
    const outcomes = Object.values(JSON.parse(replayed.stdout).objects as Record<string, object>);
    expect(new Set(outcomes.flatMap(Object.keys))).toEqual(new Set(['unchanged']));
  });
});

describe('an export by the wizard', { timeout: 120_000 }, () => {
  it('asks what, where and how, and says how to do the same again', async () => {
    const file = join(source.directory, 'asked.tar');
    const terminal = new ProgramInTerminal(['export', '--kubeconfig', source.kubeconfigFile], { rows: 30 });
    await terminal.untilScreen(/What is backed up[\s\S]*context +source[\s\S]*holds +\d+ org/);
    terminal.type('\r');
    await terminal.untilScreen(/Choose what is backed up[\s\S]*chosen: \d+ objects$/m);
    for (const key of [' ', '\u001b[B', ' ', '\u001b[B', ' ']) terminal.type(key);
    await terminal.untilScreen(/\[-\] everything[\s\S]*\[x\] \S+ org/);
    terminal.type('\r');
    await terminal.untilScreen(/Where it goes[\s\S]*backup-[\d-]+\.tar█/);
    terminal.type(`\u0015${archive}\r`);
    await terminal.untilScreen(/✗ \S+: the file exists already/);
    terminal.type(`\u0015${file}\t1 parsec\r`);
    await terminal.untilScreen(/✗ "1 parsec" is no size of a volume/);
    terminal.type(`\u0015fat32\t${join(source.directory, 'no-base.tar')}\r`);
    await terminal.untilScreen(/✗ \S+no-base\.tar: no such file or folder/);
    terminal.type(`\u0015${archive}\r`);
    await terminal.untilScreen(/How secrets are kept[\s\S]*› \(•\) encrypted to a file/);
    terminal.type('/nowhere\r');
    await terminal.untilScreen(/✗ \/nowhere: no such file or folder/);
    for (const key of ['\u001b[B', '\u001b[B']) terminal.type(key);
    await terminal.untilScreen(/› \(•\) encrypted with a passphrase/);
    terminal.type(`${SECRET}\rother\r`);
    await terminal.untilScreen(/✗ the two are not the same/);
    terminal.type(`${SECRET}\r${SECRET}\r`);
    await terminal.untilScreen(
      /Begin[\s\S]*in parts for fat32[\s\S]*without the layers of[\s\S]*encrypted with a passphrase/,
    );
    terminal.type('\r');
    expect(await terminal.ended).toBe(0);
    expect(unbroken(terminal.text)).toMatch(
      /kubectl asa-backup export \S+asked\.tar .*--org \S+ --installation --passphrase --volume-size fat32 --base \S+sealed\.tar --context source/,
    );
    expect(terminal.text).toContain('exported to');
    expect([terminal.isSane, terminal.isOnMainScreen]).toEqual([true, true]);
    expect(terminal.raw).not.toContain(SECRET);
    const inspected = await runProgram(['inspect', file.replace(/\.tar$/, '.001.tar'), '-o', 'json']);
    expect(JSON.parse(inspected.stdout)).toMatchObject({ secrets: 'age', orgs: [expect.anything()] });
  });

  it('leaves no trace when it is ended', async () => {
    const terminal = new ProgramInTerminal(['export', '--kubeconfig', source.kubeconfigFile]);
    await terminal.untilScreen(/holds/);
    terminal.type('\u0003');
    expect(await terminal.ended).toBe(130);
    expect([terminal.isSane, terminal.isOnMainScreen]).toEqual([true, true]);
  });
});

describe('without a terminal', () => {
  it('nothing is asked, and the flag that answers is named', async () => {
    const { code, stderr } = await runProgram(restoring());
    expect(code).toBe(2);
    expect(stderr).toMatch(/there is no terminal to ask\nhint: pass --yes /);
    const saving = await runProgram(restoring('--yes', '--save-answers', 'x.json'));
    expect(saving).toMatchObject({ code: 2, stderr: expect.stringContaining('nothing is asked here') });
  });

  it('answers that are none, or for another cluster, are refused', async () => {
    const none = await runProgram(restoring('--answers', archive));
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('holds no answers') });
    const answers = join(source.directory, 'others.json');
    await writeFile(answers, JSON.stringify({ schema: 1, command: 'restore', context: 'target', flags: {} }));
    const other = await runProgram(restoring('--answers', answers, '--context', 'other'));
    expect(other).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('for the context target, not other'),
    });
  });
});
