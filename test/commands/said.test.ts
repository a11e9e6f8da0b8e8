import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import Export from '../../src/commands/export.ts';
import { commandLine, commandPieces, shownCommand } from '../../src/commands/flags/command-line.ts';
import Restore from '../../src/commands/restore.ts';
import { saveAnswers } from '../../src/commands/wizard/answers-file.ts';
import { saidFlags } from '../../src/commands/wizard/command-line.ts';

type Shapes = Readonly<Record<string, { readonly default?: unknown }>>;
const flagsOf = (command: { readonly flags: object }) => command.flags as Shapes;

/** Where the restore goes and with whose rights, what it tells to whom, and what nobody else may read. */
const NOT_ANSWERS = [
  ...['dry-run', 'yes', 'resume', 'journal', 'answers', 'save-answers', 'passphrase-fd'],
  ...['context', 'cluster', 'user', 'server', 'token', 'as', 'as-group', 'as-uid'],
  ...['client-certificate', 'client-key', 'as-user-extra', 'certificate-authority'],
  ...['insecure-skip-tls-verify', 'tls-server-name', 'request-timeout'],
  ...['output', 'report', 'progress', 'v', 'log-file', 'quiet'],
];

describe('what a wizard says at its end', () => {
  it.each([
    ['restore', Restore],
    ['export', Export],
  ] as const)('has no flag of %s that goes without saying', (name, command) => {
    const shapes = Object.entries(flagsOf(command));
    const defaults = Object.fromEntries(shapes.map(([flag, shape]) => [flag, shape.default]));
    expect(commandLine([name], saidFlags(defaults))).toBe(`kubectl asa-backup ${name}`);
  });

  it('is one line for a shell, however narrow the terminal', () => {
    const pieces = commandPieces(['restore', 'my backup.tar'], {
      org: ['retail', "o'neill"],
      tasks: 'history',
    });
    for (const columns of [10, 40, 60, 200]) {
      const shown = shownCommand(pieces, columns);
      const fits = shown.split('\n').every(line => line.length <= Math.max(columns, 26));
      expect({ columns, fits }).toEqual({ columns, fits: true });
      const said = execFileSync('sh', ['-c', shown.replace('kubectl', 'printf "%s\\n"')], {
        encoding: 'utf8',
      });
      expect(said.trim().split('\n').slice(1)).toEqual([
        ...['restore', 'my backup.tar', '--org', 'retail', '--org', "o'neill", '--tasks', 'history'],
      ]);
    }
  });

  it('has, in its file of answers, every flag that answers something', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'asa-backup-said-'));
    try {
      const names = Object.keys(flagsOf(Restore));
      const file = join(folder, 'answers.json');
      await saveAnswers(file, Object.fromEntries(names.map(flag => [flag, 'something'])), 'target');
      const { flags } = JSON.parse(await readFile(file, 'utf8'));
      expect(Object.keys(flags).sort()).toEqual(names.filter(flag => !NOT_ANSWERS.includes(flag)).sort());
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
