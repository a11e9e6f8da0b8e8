import { readFile } from 'node:fs/promises';
import { load } from 'js-yaml';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Stage } from '../support/embedded.ts';
import { expectPresentable, SECRET } from '../support/failure.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { runInShell, runProgram } from '../support/program.ts';
import { expectDocumented } from '../support/progress-schema.ts';
import { ProgramInTerminal } from '../support/terminal.ts';

let pair: Pair;
let source: Stage;
let target: Stage;
let archive: string;
let exporting: readonly string[];

beforeAll(async () => {
  pair = await startPair();
  ({ source, target, archive, exporting } = pair);
}, 60_000);
afterAll(() => pair?.stop());
beforeEach(() => source.faults.clear());

const fresh = (name: string) => pair.file(name);
const layersTrickle = () =>
  source.faults.registry({ kind: 'drip', bytes: 700, delayMs: 300, on: /^GET .*droplets\/blobs/ });
const restoring = () => pair.restoring();

// Everything here takes a second or two, unless the machine has more to do.
describe('an export on a terminal', { timeout: 120_000 }, () => {
  it.each([
    [80, 24],
    [40, 15],
  ])('is followed in a live view of %i columns and %i rows, and leaves its report', async (columns, rows) => {
    layersTrickle();
    const terminal = new ProgramInTerminal(['export', fresh(`live-${columns}.tar`), ...exporting], {
      columns,
      rows,
    });
    await terminal.until(/list/);
    await terminal.until(/write[\s\S]*\d+ %[\s\S]*[\d.]+ of [\d.]+ KiB/);
    expect(terminal.lines.filter(line => line.length > columns)).toEqual([]);
    expect(await terminal.ended).toBe(0);
    expect(terminal.text).toMatch(/✓ write +[\d.]+ KiB in \d+ blobs/);
    expect(terminal.text).toMatch(/exported to/);
    expect(terminal.text).not.toMatch(/\d+ % /);
    expect(terminal.isSane).toBe(true);
  });

  it('is followed on standard error when standard output goes to a file', async () => {
    layersTrickle();
    const stdout = fresh('piped.tar');
    const terminal = new ProgramInTerminal(['export', '-', ...exporting], { stdout });
    await terminal.until(/\d+ %/);
    expect(await terminal.ended).toBe(0);
    expect(terminal.text).toMatch(/✓ write/);
    expect((await runProgram(['verify', stdout])).code).toBe(0);
  });

  it('does not write an archive on the terminal', async () => {
    const terminal = new ProgramInTerminal(['export', '-', ...exporting]);
    expect(await terminal.ended).toBe(2);
    expect(terminal.text).toContain('error: standard output is a terminal, which cannot take an archive');
  });

  it('has no colours with NO_COLOR, and plain lines on a dumb terminal', async () => {
    const [plain, dumb] = [{ NO_COLOR: '1' }, { TERM: 'dumb' }].map(
      (env, index) => new ProgramInTerminal(['export', fresh(`plain-${index}.tar`), ...exporting], { env }),
    );
    expect([await plain?.ended, await dumb?.ended]).toEqual([0, 0]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters.
    const colours = /\u001b\[[\d;]*[1-9]\d*m/;
    expect(plain?.raw).not.toMatch(colours);
    expect(dumb?.raw).not.toContain('\u001b[');
    expect(dumb?.text).toMatch(/^list: \d+ kinds/m);
  });

  it('asks twice for a passphrase, which is never shown', async () => {
    const file = fresh('sealed.tar');
    const terminal = new ProgramInTerminal(['export', file, '--kubeconfig', source.kubeconfigFile]);
    await terminal.until(/passphrase for the backup's secrets: ?$/m);
    terminal.type(`${SECRET}\r`);
    await terminal.until(/passphrase for the backup's secrets again: ?$/m);
    terminal.type('other\r');
    await terminal.until(/the two are not the same, once more/);
    terminal.type(`${SECRET}\r`);
    await terminal.until(/once more[\s\S]*again: ?$/m);
    terminal.type(`${SECRET}\r`);
    expect(await terminal.ended).toBe(0);
    expect(terminal.raw).not.toContain(SECRET);
    expect(terminal.isSane).toBe(true);
    const { stdout } = await runProgram(['inspect', file, '-o', 'json']);
    expect(JSON.parse(stdout).secrets).toBe('age');
  });

  // Short, since a socket that is left open keeps the program alive for a minute.
  it('is ended by a second Ctrl-C, and the terminal is as it was', { timeout: 40_000 }, async () => {
    layersTrickle();
    const terminal = new ProgramInTerminal(['export', fresh('ended.tar'), ...exporting]);
    await terminal.until(/\d+ %/);
    terminal.type('\u0003');
    await terminal.until(/stop\? y: finish what is under way/);
    terminal.type('\u0003');
    expect(await terminal.ended).toBe(130);
    expect(terminal.text).toContain('error: interrupted by Ctrl-C');
    expectPresentable(terminal.text);
    expect(terminal.isSane).toBe(true);
  });
});

/** A terminal on which nothing but lines can be shown: no wizard asks there. */
const DUMB = { TERM: 'dumb' };

describe('a restore on a dumb terminal', { timeout: 120_000 }, () => {
  it.each([
    ['n\r', 5, 'error: not confirmed; nothing was written'],
    ['\r', 5, 'error: not confirmed; nothing was written'],
    ['\u0003', 130, 'error: interrupted while waiting for an answer'],
  ])('asks, and takes %j for a no', async (keys, code, message) => {
    const before = target.server.storage.revision;
    const terminal = new ProgramInTerminal(restoring(), { columns: 100, env: DUMB });
    await terminal.until(/restore \d+ objects and \d+ images \([^)]*\) to target\? \[y\/N\]/);
    terminal.type(keys);
    expect(await terminal.ended).toBe(code);
    expect(terminal.text).toContain(message);
    expect(terminal.isSane).toBe(true);
    expect(target.server.storage.revision).toBe(before);
  });

  it('goes on after a yes, wave by wave', async () => {
    const terminal = new ProgramInTerminal([...restoring(), '--wait-timeout', '90s'], {
      columns: 100,
      rows: 30,
      env: DUMB,
    });
    await terminal.until(/\[y\/N\]/);
    terminal.type('y\r');
    await terminal.until(/wave \d+ of \d+|wave \d+\/\d+/);
    expect(await terminal.ended).toBe(0);
    expect(terminal.text).toContain('restored to target, nothing is missing');
    expect(terminal.isSane).toBe(true);
  });
});

describe('output for programs', () => {
  it('is a line of JSON an event, with the version of its schema', async () => {
    const { code, stderr } = await runProgram([
      'export',
      fresh('json.tar'),
      ...exporting,
      '--progress',
      'json',
    ]);
    const lines = stderr
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(code).toBe(0);
    expectDocumented(stderr.trimEnd().split('\n'));
    expect(new Set(lines.map(({ v }) => v))).toEqual(new Set([1]));
    expect(lines.filter(({ event }) => event.type === 'phase').map(({ event }) => event.phase)).toEqual([
      ...['connect', 'list', 'resolve', 'write', 'finish'],
    ]);
    expect(lines.at(-1)?.event).toMatchObject({ type: 'end', ending: 'done' });
  });

  it('is nothing but the result with --quiet, and nothing but the archive on a pipe', async () => {
    const quiet = await runProgram(['export', fresh('quiet.tar'), ...exporting, '--quiet']);
    expect({ code: quiet.code, stderr: quiet.stderr }).toEqual({ code: 0, stderr: '' });
    const piped = await runInShell('', ['export', '-', ...exporting, '--quiet'], '| tar t | tail -n 1');
    expect(piped).toEqual({ code: 0, stdout: 'seal.json\n', stderr: '' });
  });

  it('is one document, the same as JSON and as YAML', async () => {
    const [json, yaml] = await Promise.all(
      ['json', 'yaml'].map(format => runProgram(['inspect', archive, '-o', format])),
    );
    const document = JSON.parse(json?.stdout ?? '');
    expect(document).toMatchObject({ file: archive, losses: [], orgs: expect.any(Array) });
    expect(load(yaml?.stdout ?? '')).toEqual(document);
    expect([json?.stderr, yaml?.stderr]).toEqual(['', '']);
  });

  it('may be read in part only', async () => {
    const outcome = await runInShell('set -o pipefail;', ['inspect', archive, '-o', 'json'], '| head -n 1');
    expect(outcome).toEqual({ code: 0, stdout: '{\n', stderr: '' });
  });

  it('is written as it is beside the live view', async () => {
    const stdout = fresh('result.json');
    const terminal = new ProgramInTerminal(['verify', archive, '-o', 'json'], { stdout });
    expect(await terminal.ended).toBe(0);
    expect(JSON.parse(await readFile(stdout, 'utf8'))).toMatchObject({ file: archive, missing: [] });
  });
});
