import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { spawn } from '@lydell/node-pty';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/base/errors.ts';
import { errorLines } from '../../src/progress/console.ts';

const CONSOLE = fileURLToPath(new URL('../../src/progress/console.ts', import.meta.url));
const program = (code: string) => [
  '--no-warnings',
  '--input-type=module',
  '--eval',
  `import * as it from ${JSON.stringify(CONSOLE)};
   it.tolerateClosedStreams();
   try { ${code} } catch (error) { it.printError(error); process.exitCode = error.exit; }`,
];

/** Runs a program without any terminal. */
async function run(code: string, env: NodeJS.ProcessEnv = {}) {
  const options = { env: { ...process.env, ...env }, detached: true };
  return await promisify(execFile)(process.execPath, program(code), options).catch(error => error);
}

/** Runs a program on a terminal where somebody types an answer whenever the screen shows what they wait for. */
function type(code: string, answers: [RegExp, string][]): Promise<{ screen: string; exit: number }> {
  const terminal = spawn(process.execPath, program(code), { env: { ...process.env, CI: '' } });
  let [screen, read] = ['', 0];
  terminal.onData(data => {
    screen += data;
    const [wanted, keys] = answers[0] ?? [];
    if (wanted === undefined || !wanted.test(screen.slice(read))) return;
    answers.shift();
    read = screen.length;
    terminal.write(keys ?? '');
  });
  return new Promise(resolve => terminal.onExit(({ exitCode }) => resolve({ screen, exit: exitCode })));
}

describe('a terminal that does not tell its size', () => {
  it('is written to as one of 80 columns', async () => {
    const nothing =
      "for (const one of [process.stderr, process.stdout]) Object.defineProperty(one, 'columns', { value: 0 });";
    const { screen } = await type(`${nothing} it.printWarning('some words one after the other');`, []);
    expect(screen).toContain('warning: some words one after the other');
    const asked = await type(`${nothing} await it.confirm('some words to be confirmed?');`, [[/N\]/, 'n\r']]);
    expect(asked.screen).toContain('some words to be confirmed? [y/N]');
  });
});

describe('an error', () => {
  it('says where, what, why and what to do', () => {
    const failure = new Failure('registry-error', 'the registry does not answer', {
      subject: 'registry.example.com',
      hints: ['check the network', 'pass --plain-http for a registry without TLS'],
      cause: new Error('connect ECONNREFUSED 192.0.2.1:443'),
    });
    expect(errorLines(failure)).toEqual([
      'error: registry.example.com: the registry does not answer',
      '  because: connect ECONNREFUSED 192.0.2.1:443',
      'hint: check the network',
      'hint: pass --plain-http for a registry without TLS',
    ]);
  });

  it('does not say the same twice', () => {
    const cause = new Error('disk full');
    expect(errorLines(new Failure('no-space', 'cannot write: disk full', { cause }))).toEqual([
      'error: cannot write: disk full',
    ]);
  });

  it('of a bug says that it is one', () => {
    expect(errorLines(new TypeError('x is undefined'))).toEqual([
      'error: x is undefined',
      'hint: this is a bug; run it again with ASA_BACKUP_DEBUG=1',
    ]);
  });

  it('holds no credential and no control character, whoever put it in', () => {
    const cause = new Error('GET https://robot:s3cr3t@registry.example.com\u001b[2J\nsecond line');
    expect(errorLines(new Failure('internal', 'request failed', { cause }))).toEqual([
      'error: request failed',
      '  because: GET https://[redacted]@registry.example.com second line',
    ]);
  });

  it('goes to standard error, with a stack only when asked for', async () => {
    const code = `throw new Error('password=hunter2')`;
    const plain = await run(code);
    expect(plain.stdout).toBe('');
    expect(plain.stderr).toBe(
      'error: password=[redacted]\nhint: this is a bug; run it again with ASA_BACKUP_DEBUG=1\n',
    );
    const debug = await run(code, { ASA_BACKUP_DEBUG: '1' });
    expect(debug.stderr).toContain('\n    at ');
    expect(debug.stderr).not.toContain('hunter2');
  });
});

describe('a result', () => {
  it('is a document of JSON or YAML that says the same', async () => {
    const value = `{ name: 'a', absent: undefined, list: [1, 'true'], nested: { when: '2026-03-01' } }`;
    const json = await run(`await it.printDocument(${value}, 'json')`);
    expect(JSON.parse(json.stdout)).toEqual({ name: 'a', list: [1, 'true'], nested: { when: '2026-03-01' } });
    const yaml = await run(`await it.printDocument(${value}, 'yaml')`);
    expect(yaml.stdout).toBe(`name: a\nlist:\n  - 1\n  - 'true'\nnested:\n  when: '2026-03-01'\n`);
  });

  it('may find that nobody reads it any more', async () => {
    const code = `for (let i = 0; i < 1e5; i++) it.printResult('line ' + i); await new Promise(r => setTimeout(r, 50));`;
    const shell = `"$0" "$@" | head -n 1; echo "exit \${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await promisify(execFile)('bash', [
      '-c',
      shell,
      process.execPath,
      ...program(code),
    ]);
    expect(stdout).toBe('line 0\nexit 0\n');
    expect(stderr).toBe('');
  });
});

describe('a question without a terminal', () => {
  it('is a usage error that names the flag', async () => {
    const { stderr, code } = await run(`await it.confirm('restore to prod?')`);
    expect(stderr).toBe(
      'error: there is no terminal to ask: restore to prod?\nhint: pass --yes to say yes beforehand\n',
    );
    expect(code).toBe(2);
    const passphrase = await run(
      `await it.askPassphrase('passphrase', { confirm: true, hint: 'pass --recipient' })`,
    );
    expect(passphrase.stderr).toContain('hint: pass --recipient\n');
    expect(passphrase.code).toBe(2);
  });
});

describe('a question on a terminal', () => {
  const confirm = `it.printResult(String(await it.confirm('restore to prod?')))`;

  it.each([
    ['y\r', 'true'],
    ['YES\r', 'true'],
    ['nx\u007f\u007fy\r', 'true'],
    ['no\u0015yes\r', 'true'],
    ['\r', 'false'],
    ['yellow\r', 'false'],
  ])('is answered by %j: %s', async (keys, answer) => {
    const { screen } = await type(confirm, [[/\[y\/N\] $/, keys]]);
    expect(screen).toMatch(new RegExp(`^restore to prod\\? \\[y/N\\] .*\r\n${answer}\r\n$`));
  });

  it.each([
    ['prod\r', 'true'],
    ['y\r', 'false'],
    ['\r', 'false'],
  ])('about what will be lost is answered by a name, here by %j: %s', async (keys, answer) => {
    const byName = `it.printResult(String(await it.confirmByName('delete all ${'of it '.repeat(20)}from prod?', 'prod')))`;
    const { screen } = await type(byName, [[/type prod to confirm: $/, keys]]);
    expect(screen).toMatch(new RegExp(`\r\n${answer}\r\n$`));
    // Eighty columns: broken between words.
    expect(screen).toMatch(/ of it\r\nof it|of\r\nit/);
  });

  it('ends the program on Ctrl-C', async () => {
    expect(await type(confirm, [[/\[y\/N\] $/, '\u0003']])).toMatchObject({ exit: 130 });
  });

  const passphrase = `it.printResult(JSON.stringify(await it.askPassphrase('passphrase', { confirm: true, hint: '' })))`;

  it('for a passphrase does not show it, and asks again until both are the same', async () => {
    const { screen } = await type(passphrase, [
      [/passphrase: $/, 'größe 🚀x\u007f\r'],
      [/again: $/, 'other\r'],
      [/once more\r\npassphrase: $/, 'größe 🚀\r'],
      [/again: $/, 'größe 🚀\r'],
    ]);
    expect(screen.split('\r\n')).toEqual([
      'passphrase: ',
      'passphrase again: ',
      'the two are not the same, once more',
      'passphrase: ',
      'passphrase again: ',
      '"größe 🚀"',
      '',
    ]);
  });

  it('takes a passphrase and its repetition pasted at once', async () => {
    const { screen } = await type(passphrase, [[/passphrase: $/, 'hunter2\rhunter2\r']]);
    expect(screen).toBe('passphrase: \r\npassphrase again: \r\n"hunter2"\r\n');
  });
});
