import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type IPty, spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SMALL, type Stage, startStage } from '../support/embedded.ts';
import { runProgram, START } from '../support/program.ts';

/** How each shell is started without what its user has configured, and loads the script that it is given. */
const SHELLS = {
  bash: { args: ['--norc', '--noprofile', '-i'], load: '. <(kubectl-asa_backup completion bash)' },
  zsh: {
    args: ['-f', '-i'],
    load: 'autoload -U compinit && compinit -u -D && . <(kubectl-asa_backup completion zsh)',
  },
  fish: { args: ['--no-config', '-i'], load: 'kubectl-asa_backup completion fish | source' },
};

/** What is typed before the tab key, and what stands there after it. */
const LINES = [
  ['resto', 'restore '],
  ['export --output=js', 'export --output=json'],
  ['export --no-att', 'export --no-attached'],
  ['verify back', 'verify backup.tar'],
  ['restore backup.tar --org pay', 'restore backup.tar --org payments'],
  ['export --kubeconfig cluster --org pay', 'export --kubeconfig cluster --org payments'],
  ['list --kubeconfig cluster --app check', 'list --kubeconfig cluster --app checkout'],
  ['list --kubeconfig cluster --context sou', 'list --kubeconfig cluster --context source'],
] as const;

/** Names come within a quarter of a second or not at all, which a busy machine may need some attempts for. */
const ATTEMPTS = 30;

let source: Stage;
let path: string;

beforeAll(async () => {
  source = await startStage({ name: 'source', landscape: SMALL });
  const on = ['--kubeconfig', source.kubeconfigFile, '--plaintext-secrets', '--quiet'];
  expect((await runProgram(['export', join(source.directory, 'backup.tar'), ...on])).code).toBe(0);
  await writeFile(join(source.directory, 'cluster'), source.kubeconfig);
  const bin = join(source.directory, 'bin');
  await mkdir(bin);
  const program = START.map(word => `'${word}'`).join(' ');
  await writeFile(join(bin, 'kubectl-asa_backup'), `#!/bin/sh\nexec ${program} "$@"\n`, { mode: 0o755 });
  path = [bin, process.env.PATH].join(delimiter);
}, 60_000);
afterAll(() => source?.stop());

describe.each(Object.entries(SHELLS))('%s', (name, { args, load }) => {
  let shell: IPty;
  let screen: InstanceType<typeof xterm.Terminal>;

  beforeEach(async () => {
    screen = new xterm.Terminal({ cols: 120, rows: 30, allowProposedApi: true });
    const env = {
      PATH: path,
      HOME: source.directory,
      TERM: 'xterm',
      LANG: 'C.UTF-8',
      PS1: '> ',
      PROMPT: '> ',
    };
    shell = spawn(name, args, { cols: 120, rows: 30, cwd: source.directory, env });
    shell.onData(data => screen.write(data));
    shell.write(`${load}; echo scr"ipt" loaded\r`);
    await until(() => text().includes('\nscript loaded'));
  }, 30_000);
  afterEach(() => shell?.kill('SIGKILL'));

  const text = () => {
    const { active } = screen.buffer;
    return Array.from({ length: active.length }, (_, y) => active.getLine(y)?.translateToString(false)).join(
      '\n',
    );
  };

  it.each(LINES)('completes %s', { timeout: 60_000 }, async (typed, expected) => {
    for (let attempt = 1; ; attempt++) {
      // The line is emptied first, of what an attempt before has left.
      shell.write(`\u0015kubectl-asa_backup ${typed}\t`);
      const came = await until(() => text().includes(`kubectl-asa_backup ${expected}`), 2_000).catch(
        () => undefined,
      );
      if (came !== undefined) return;
      if (attempt === ATTEMPTS) expect(text()).toContain(`kubectl-asa_backup ${expected}`);
    }
  });
});

it('has a script for PowerShell, which is not installed here, that asks the same question', async () => {
  const { stdout } = await runProgram(['completion', 'powershell']);
  expect(stdout).toMatch(/^Register-ArgumentCompleter -Native -CommandName 'kubectl-asa_backup'/);
  const count = (text: string) => stdout.split(text).length;
  for (const [open = '', close = ''] of ['{}', '()', '[]']) expect(count(open)).toBe(count(close));
});

it('knows the shells that are tested', () => {
  for (const shell of Object.keys(SHELLS))
    expect(execFileSync(shell, ['--version'], { encoding: 'utf8' })).toMatch(/\d/);
});

async function until(condition: () => boolean, patienceMs = 20_000): Promise<true> {
  const deadline = Date.now() + patienceMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('it did not come');
    await new Promise(resolve => setTimeout(resolve, 30));
  }
  return true;
}
