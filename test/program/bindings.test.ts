import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StatusError } from '../../src/sandbox/apiserver/status-error.ts';
import { SMALL, type Stage, startStage } from '../support/embedded.ts';
import { runProgram } from '../support/program.ts';

const REFUSED = new StatusError(422, 'Invalid', 'not today');

describe('an app whose service binding cannot be brought back', () => {
  let source: Stage;
  let target: Stage;
  beforeAll(async () => {
    [source, target] = await Promise.all([
      startStage({ name: 'source', landscape: SMALL }),
      startStage({ name: 'target' }),
    ]);
  }, 60_000);
  afterAll(() => Promise.all([source?.stop(), target?.stop()]));

  it('is not started, and the others are', async () => {
    const archive = join(source.directory, 'backup.tar');
    await runProgram(['export', archive, '--kubeconfig', source.kubeconfigFile, '--plaintext-secrets']);
    target.faults.api.add(
      ({ method, path }) => method === 'POST' && path.endsWith('/cfservicebindings'),
      async () => ({ status: 422, body: REFUSED.toJSON() }),
    );
    const map = `${source.registry.host}/=${target.registry.host}/`;
    const args = ['restore', archive, '--kubeconfig', target.kubeconfigFile, '--registry-map', map];
    const { code, stdout } = await runProgram([...args, '--yes', '-o', 'json']);
    expect(code).toBe(3);
    const { losses, objects } = JSON.parse(stdout);
    expect(
      losses.map(({ kind, subject }: { kind: string; subject: string }) => `${kind} ${subject}`),
    ).toEqual([
      expect.stringMatching(/^object-failed CFServiceBinding /),
      expect.stringMatching(/^object-skipped CFApp /),
    ]);
    expect(losses[1].reason).toContain('not today');
    expect(objects.CFApp.started).toBeGreaterThan(0);
  });
});
