import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { installCompletion } from '../../src/commands/completion/install.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asa-backup-completion-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it.each([
  ['linux', 'kubectl-asa_backup', 'kubectl_complete-asa_backup', /^#!\/bin\/sh\n.* __complete "\$@"\n$/],
  ['win32', 'kubectl-asa_backup.exe', 'kubectl_complete-asa_backup.cmd', /^@kubectl .* __complete %\*\r\n$/],
] as const)('on %s it is a script of that system, beside %s', async (platform, program, script, text) => {
  await writeFile(join(folder, program), '');
  const file = join(folder, script);
  expect(await installCompletion({ PATH: folder, HOME: '/nonexistent' }, platform)).toContain(
    `wrote ${file}\n`,
  );
  expect(await readFile(file, 'utf8')).toMatch(text);
});
