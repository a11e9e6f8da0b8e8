import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DiffResult } from '../../src/progress/results/foundation.ts';
import { type Stage, startStage } from '../support/embedded.ts';
import { runProgram } from '../support/program.ts';

/** Foundations that are drawn; by hand some dozens. */
const RUNS = Number(process.env.ASA_FOUNDATION_RUNS ?? 1);

/** The document that a command leaves on standard output, and how it ended. */
async function document(...args: string[]) {
  const { code, stdout, stderr } = await runProgram([...args, '-o', 'json']);
  expect(stdout, stderr).not.toBe('');
  return { code, result: JSON.parse(stdout) };
}

/** Whether an archive and a foundation are the same, but for where images lie. */
async function compare(archive: string, stage: Stage, from: Stage, to: Stage) {
  const map = ['--registry-map', `${from.registry.host}/=${to.registry.host}/`];
  const { code, result } = await document('diff', archive, '--kubeconfig', stage.kubeconfigFile, ...map);
  const { missing, extra, different, images } = result as DiffResult;
  return { code, missing, extra, different, images };
}

const NOTHING = { code: 0, missing: [], extra: [], different: [], images: [] };

describe('any foundation', () => {
  it(
    'comes back the same: what is exported of the restored one is what was exported of it',
    () =>
      fc.assert(
        fc.asyncProperty(
          fc.record({
            seed: fc.uuid(),
            apps: fc.integer({ min: 1, max: 7 }),
            korifi: fc.constant('adapter'),
          }),
          async ({ seed, apps }) => {
            const landscape = { seed, apps, appBytes: 500 };
            const [source, target] = await Promise.all([
              startStage({ name: 'source', landscape }),
              startStage({ name: 'target' }),
            ]);
            try {
              const [first, second] = [join(source.directory, 'a.tar'), join(source.directory, 'b.tar')];
              const made = await document(
                ...['export', first, '--kubeconfig', source.kubeconfigFile, '--plaintext-secrets'],
              );
              expect(made).toMatchObject({ code: 0 });
              const map = `${source.registry.host}/=${target.registry.host}/`;
              const done = await document(
                ...[
                  'restore',
                  first,
                  '--kubeconfig',
                  target.kubeconfigFile,
                  '--yes',
                  '--registry-map',
                  map,
                  '--tasks',
                  'history',
                ],
              );
              expect({ code: done.code, losses: done.result.losses }).toEqual({ code: 0, losses: [] });
              await target.settle();
              const again = await document(
                ...['export', second, '--kubeconfig', target.kubeconfigFile, '--plaintext-secrets'],
              );
              expect({ code: again.code, objects: again.result.objects }).toEqual({
                code: 0,
                objects: made.result.objects,
              });
              expect(await compare(first, target, source, target)).toEqual(NOTHING);
              // Images that a bundle names elsewhere lie in the bundle's own repository from then on.
              const { images: _, code: __, ...backwards } = await compare(second, source, target, source);
              expect(backwards).toEqual({ missing: [], extra: [], different: [] });
            } finally {
              await Promise.all([source.stop(), target.stop()]);
            }
          },
        ),
        { numRuns: RUNS, endOnFailure: true },
      ),
    60_000 + RUNS * 30_000,
  );
});
