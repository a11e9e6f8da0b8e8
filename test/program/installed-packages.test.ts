import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KINDS } from '../../src/sandbox/kinds.ts';
import { type Stage, startStage, TINY } from '../support/embedded.ts';
import { runProgram } from '../support/program.ts';

/** The adapter's repository offers 1.2.0 and 1.3.1, of which the second is installed. */
describe('--installed-packages-only', () => {
  let source: Stage;
  let target: Stage;
  let whole: string;
  let part: string;
  let leftOut: string;

  beforeAll(async () => {
    [source, target] = await Promise.all([
      startStage({ name: 'source', landscape: TINY }),
      startStage({ name: 'target' }),
    ]);
    [whole, part] = [join(source.directory, 'whole.tar'), join(source.directory, 'part.tar')];
  }, 60_000);
  afterAll(() => Promise.all([source?.stop(), target?.stop()]));

  const exporting = (file: string, ...flags: string[]) =>
    runProgram(['export', file, '--kubeconfig', source.kubeconfigFile, '--plaintext-secrets', ...flags]);
  const inspect = async (file: string) =>
    JSON.parse((await runProgram(['inspect', file, '-o', 'json'])).stdout);

  it('leaves out what is not installed, and says so', async () => {
    expect((await exporting(whole)).code).toBe(0);
    const { code, stdout } = await exporting(part, '--installed-packages-only');
    expect(code).toBe(0);
    const [all, some] = [await inspect(whole), await inspect(part)];
    expect(all.packagesLeftOut).toEqual([]);
    expect(some.packagesLeftOut).toHaveLength(1);
    [leftOut] = some.packagesLeftOut;
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(`since they are not installed: ${leftOut}`);
    expect((await runProgram(['inspect', part])).stdout).toContain(leftOut);
    const references = ({ images }: typeof all) =>
      images.map((image: { reference: string }) => image.reference);
    // The package of the other version, and the images that only it names.
    const gone = references(all).filter((reference: string) => !references(some).includes(reference));
    expect(gone).toContain(leftOut);
    expect(gone.length).toBeGreaterThan(1);
    expect((await stat(part)).size).toBeLessThan((await stat(whole)).size);
    expect((await runProgram(['verify', part])).code).toBe(0);
  });

  it('is restored with what was installed running, and every version on offer', async () => {
    const map = `${source.registry.host}/=${target.registry.host}/`;
    const restoring = ['restore', part, '--kubeconfig', target.kubeconfigFile, '--registry-map', map];
    const planned = (await runProgram([...restoring, '--dry-run'])).stdout.replaceAll(/\s+/g, ' ');
    expect(planned).toContain(`since the export left them out: ${leftOut}; put one there first`);
    const { code, stdout, stderr } = await runProgram([...restoring, '--yes', '-o', 'json']);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const { findings, notes } = JSON.parse(stdout);
    expect(findings).toContainEqual(expect.objectContaining({ code: 'package-left-out', severity: 'warn' }));
    expect(notes.join()).toContain(leftOut);
    await target.settle();
    const images: string[] = [];
    for await (const page of target.cluster.list(KINDS.Package)) {
      for (const { spec } of page) images.push(spec.template.spec.fetch[0].imgpkgBundle.image);
    }
    // All of them are named at the target: kapp-controller would silently keep the old names of all otherwise.
    expect(images.map(image => image.split('/')[0])).toEqual(images.map(() => target.registry.host));
    const digest = leftOut.slice(leftOut.indexOf('@') + 1);
    expect(images.filter(image => image.endsWith(digest))).toHaveLength(1);
  });

  it('is not told of a package that somebody has put there', async () => {
    const map = `${source.registry.host}/=${target.registry.host}/`;
    const on = ['--kubeconfig', target.kubeconfigFile, '--yes', '--registry-map', map, '-o', 'json'];
    expect((await runProgram(['restore', whole, ...on])).code).toBe(0);
    const { findings } = JSON.parse((await runProgram(['restore', part, ...on])).stdout);
    expect(findings.map(({ code }: { code: string }) => code)).not.toContain('package-left-out');
  });
});
