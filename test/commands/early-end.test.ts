import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const BASE = fileURLToPath(new URL('../../src/commands/program/base.ts', import.meta.url));

it('a command that waits for what never comes ends with an error of ours, and not with one of Node.js', () => {
  const script = `
    const { BaseCommand } = await import(${JSON.stringify(BASE)});
    class Waiting extends BaseCommand { run() { return new Promise(() => undefined); } }
    await new Waiting([]).start();
  `;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  expect({ status, first: stderr.split('\n')[0] }).toEqual({
    status: 1,
    first: 'error: nothing is left to wait for, and the work is not done',
  });
  expect(stderr).not.toContain('await');
});
