import { readFile, stat } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Stage } from '../support/embedded.ts';
import { LAYERED } from '../support/embedded.ts';
import { expectPresentable } from '../support/failure.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { runInShell, runProgram, startProgram } from '../support/program.ts';
import { ShellInTerminal } from '../support/shell.ts';

let pair: Pair;
let source: Stage;
let archive: string;
let exporting: readonly string[];
let shell: ShellInTerminal;

beforeAll(async () => {
  pair = await startPair({ source: { name: 'source', landscape: LAYERED } });
  ({ source, archive, exporting } = pair);
}, 60_000);
afterAll(() => pair?.stop());
beforeEach(() => source.faults.clear());
afterEach(() => shell?.close());

const fresh = (name: string) => pair.file(name);
/** Layers come so slowly that there is time to press keys. */
const trickle = (bytes = 30_000) =>
  source.faults.registry({ kind: 'drip', bytes, delayMs: 300, on: /^GET .*droplets\/blobs/ });
/** Of every layer a part comes, and no more: nothing that is under way comes to its end. */
const stuck = () =>
  source.faults.registry({
    kind: 'drip',
    bytes: 100_000,
    delayMs: 600_000,
    on: /^GET .*droplets\/blobs/,
  });
const ASKED = /stop\? y: finish/;
const CTRL_C = '\u0003';

describe('keys while an export runs', { timeout: 120_000 }, () => {
  it('pause it, change how much is in flight, show the log and help, and stop it so that it can be gone on with', async () => {
    stuck();
    const file = fresh('keys.tar');
    shell = await ShellInTerminal.open();
    const modes = await shell.modes();
    shell.start(['export', file, ...exporting]);
    await shell.until(/\d+ %[\s\S]*8 transfers/);
    shell.type('+');
    await shell.until(/9 transfers/);
    shell.type('-');
    await shell.until(/8 transfers/);
    shell.type('?');
    await shell.until(/Ctrl-Z +back to the shell/);
    shell.type('l');
    await shell.until(/\d\d:\d\d:\d\d {2}planned: /);
    shell.type('l');
    shell.type('p');
    await shell.until(/paused for \d+ s/);
    shell.type('p');
    await shell.until(/^(?![\s\S]*paused)[\s\S]*q stop/);
    shell.type('q');
    await shell.until(ASKED);
    shell.type('n');
    await shell.until(/^(?![\s\S]*stop\? y)[\s\S]*q stop/);
    shell.type('q');
    await shell.until(/stop\? y[\s\S]*go on with: kubectl/);
    shell.type('y');
    expect(await shell.exitCode()).toBe(130);
    expect(shell.text).toContain('error: stopped as asked');
    expectPresentable(shell.text);
    expect(await shell.modes()).toBe(modes);
    source.faults.clear();
    expect((await runProgram(['export', file, '--resume', '--kubeconfig', source.kubeconfigFile])).code).toBe(
      0,
    );
    expect((await runProgram(['verify', file])).code).toBe(0);
  });

  it('ask on the smallest terminal too, and fit themselves to another size', async () => {
    trickle();
    shell = await ShellInTerminal.open({ columns: 40, rows: 15 });
    shell.start(['export', fresh('small.tar'), ...exporting]);
    await shell.until(/\d+ %[\s\S]*q stop/);
    shell.type(CTRL_C);
    await shell.until(/› stop\? y: finish what is under way,\n {2}then stop/);
    shell.resize(200, 60);
    await shell.until(
      /stop\? y: finish what is under way, then stop; Ctrl-C: stop at once; any other key: go on/,
    );
    shell.type(CTRL_C);
    expect(await shell.exitCode()).toBe(130);
  });

  it('are below a view of which nothing is left over when the terminal becomes narrower', async () => {
    trickle();
    shell = await ShellInTerminal.open({ columns: 160, rows: 40 });
    shell.start(['export', fresh('narrow.tar'), ...exporting]);
    await shell.until(/\d+ %[\s\S]*q stop/);
    for (const columns of [90, 45, 130, 70]) {
      shell.resize(columns, 40);
      const view = /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] (?:write|\w+ {2}\d of \d)|· +finish|\d+ %$|q stop/gm;
      const isOnce = () => {
        const found = shell.text.match(view) ?? [];
        const bars = shell.lines.filter(line => /[━╸─]{20}/.test(line));
        return {
          once: new Set(found).size === found.length,
          bars: bars.map(({ length }) => length < columns),
        };
      };
      await expect.poll(isOnce, { timeout: 5_000 }).toEqual({ once: true, bars: [true] });
    }
    shell.type(CTRL_C + CTRL_C);
    expect(await shell.exitCode()).toBe(130);
  });

  it('are left to the shell while the program is stopped or in the background', async () => {
    trickle(70_000);
    const file = fresh('jobs.tar');
    shell = await ShellInTerminal.open();
    const modes = await shell.modes();
    shell.start(['export', file, ...exporting]);
    await shell.until(/\d+ %[\s\S]*q stop/);
    shell.type('\u001a');
    await shell.until(/Stopped[\s\S]*ready> $/);
    expect(shell.isCursorShown).toBe(true);
    expect(await shell.modes()).toBe(modes);
    shell.type('clear; bg\r');
    await shell.until(/&\s+ready> $/);
    shell.type('fg\r');
    await shell.until(/q stop|exported to/);
    await shell.until(/exported to[\s\S]*ready> $/);
    expect(await shell.modes()).toBe(modes);
    expect((await runProgram(['verify', file])).code).toBe(0);
  });
});

describe('the terminal', { timeout: 120_000 }, () => {
  it.each([
    ['SIGTERM', 130],
    ['SIGHUP', 130],
    ['SIGINT', 130],
  ] as const)('is as it was after %s', async (signal, code) => {
    trickle();
    shell = await ShellInTerminal.open();
    const modes = await shell.modes();
    shell.start(['export', fresh(`${signal}.tar`), ...exporting]);
    await shell.until(/\d+ %[\s\S]*q stop/);
    shell.signal(signal);
    expect(await shell.exitCode()).toBe(code);
    expect(shell.text).toContain(`error: interrupted by ${signal}`);
    expect(shell.isCursorShown).toBe(true);
    expect(await shell.modes()).toBe(modes);
  });

  it('is as it was after a crash, which is told without a stack trace', async () => {
    trickle();
    shell = await ShellInTerminal.open();
    const modes = await shell.modes();
    const bomb = `data:text/javascript,setTimeout(()=>{throw%20new%20Error(%60boom%60)},4000)`;
    shell.start(['export', fresh('crash.tar'), ...exporting], { env: `NODE_OPTIONS='--import=${bomb}'` });
    await shell.until(/q stop/);
    expect(await shell.exitCode()).toBe(1);
    expect(shell.text).toContain('error: boom\nhint: this is a bug');
    expect(shell.text).not.toContain('    at ');
    expect(shell.isCursorShown).toBe(true);
    expect(await shell.modes()).toBe(modes);
  });
});

describe('without a terminal', { timeout: 120_000 }, () => {
  it('nothing is asked and no escape code is written, whatever is closed or missing', async () => {
    const shells: [string, string][] = [
      ['', '2>/dev/null'],
      ['', '2>&-'],
      ['', '<&- >/dev/null 2>&-'],
      ['nohup', '</dev/null 2>&1'],
      ['CI=true', '2>&1 | cat'],
      ['setsid', '2>&1'],
    ];
    const outcomes = await Promise.all(
      shells.map(([before, after], nth) =>
        runInShell(before, ['export', fresh(`none-${nth}.tar`), ...exporting], after),
      ),
    );
    for (const { code, stdout, stderr } of outcomes) {
      expect(code).toBe(0);
      expect(stdout + stderr).not.toContain('\u001b');
    }
    expect(outcomes[4]?.stdout).toMatch(/^write: /m);
  });

  it('a log file holds everything with its time, for its owner only, and no credential', async () => {
    const log = fresh('run.log');
    const args = ['export', fresh('logged.tar'), ...exporting, '--log-file', log, '-v', '6'];
    const { code, stderr } = await runProgram(args);
    expect(code).toBe(0);
    expect(stderr).not.toContain('GET ');
    const text = await readFile(log, 'utf8');
    expect((await stat(log)).mode & 0o777).toBe(0o600);
    for (const line of text.trimEnd().split('\n')) expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z ./);
    expect(text).toMatch(/ phase write\n[\s\S]* sha256:\w+: moved, /);
    expect(text).toMatch(/ GET https?:\/\/\S+ 200 in \d+ ms\n/);
    expect(text).not.toMatch(/bearer|password=(?!\[)/i);
    const failed = await runProgram(['verify', fresh('not-there.tar'), '--log-file', log]);
    expect(failed.code).not.toBe(0);
    expect((await readFile(log, 'utf8')).slice(text.length)).toMatch(/ error: .*not-there\.tar/);
  });

  it('a log file that cannot be written is a usage error', async () => {
    const { code, stderr } = await runProgram(['verify', archive, '--log-file', fresh('no/such/x.log')]);
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the log cannot be written'),
    });
  });

  it('a reader of the progress that goes away does not end the run', async () => {
    const child = startProgram(['export', fresh('gone.tar'), ...exporting, '--progress', 'plain']);
    child.stderr?.once('data', () => child.stderr?.destroy());
    expect(await new Promise(resolve => child.on('exit', resolve))).toBe(0);
  });
});
