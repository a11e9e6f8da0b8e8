import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SMALL, type Stage, startStage } from '../support/embedded.ts';
import { documentation, type Fence } from '../support/markdown.ts';
import { START } from '../support/program.ts';

const GUIDES = [
  { path: 'docs/getting-started.md', contexts: ['source', 'target'] },
  { path: 'docs/restore.md', contexts: ['old-site', 'new-site'] },
  { path: 'docs/air-gap.md', contexts: ['old-site', 'new-site'] },
] as const;

/** A kubectl that knows one plugin. */
const KUBECTL = `#!/bin/sh\nshift\nexec ${START.map(word => `'${word}'`).join(' ')} "$@"\n`;

describe.each(GUIDES)('$path', ({ path, contexts: [from, to] }) => {
  let source: Stage;
  let target: Stage;
  let folder: string;
  const fences = documentation().find(page => page.path === path)?.fences ?? [];

  beforeAll(async () => {
    [source, target] = await Promise.all([
      startStage({ name: from, landscape: SMALL }),
      startStage({ name: to }),
    ]);
    folder = await mkdtemp(join(tmpdir(), 'asa-backup-guide-'));
    await writeFile(join(folder, 'kubectl'), KUBECTL);
    await chmod(join(folder, 'kubectl'), 0o755);
    const identity = await generateX25519Identity();
    await writeFile(join(folder, 'key.txt'), `${identity}\n`);
    await writeFile(join(folder, 'keys.txt'), `${await identityToRecipient(identity)}\n`);
  }, 60_000);
  afterAll(async () => {
    await Promise.all([source?.stop(), target?.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  it('can be followed to its end', async () => {
    const commands = runnable(fences, 'sh');
    expect(commands.length).toBeGreaterThan(3);
    const { code, output } = await bash(commands.join('\n'));
    expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
    const verdicts = runnable(fences, 'text').map(block => block.trimEnd().split('\n').at(-1));
    for (const verdict of verdicts) expect(output).toContain(`\n${verdict}\n`);
    expect(target.activity.of('staged')).toEqual([]);
    expect(target.activity.of('task-run')).toEqual([]);
  }, 120_000);

  /** Runs a script in the folder, with the two foundations in the kubeconfig; the first command that fails ends it. */
  async function bash(script: string): Promise<{ code: number | null; output: string }> {
    const env = {
      PATH: [folder, process.env.PATH].join(delimiter),
      HOME: folder,
      KUBECONFIG: [source.kubeconfigFile, target.kubeconfigFile].join(delimiter),
      OLD: source.registry.host,
      NEW: target.registry.host,
    };
    const child = spawn('bash', ['-euc', `exec 2>&1\n${script}`], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise<number | null>(resolve => child.on('close', resolve));
    const output = await text(child.stdout);
    return { code: await ended, output };
  }
});

function runnable(fences: readonly Fence[], language: string): string[] {
  return fences.filter(fence => fence.language === language && fence.note === 'run').map(fence => fence.text);
}
