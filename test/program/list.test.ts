import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forbidden, listsOf } from '../faults/apiserver.ts';
import { SMALL, type Stage, startStage } from '../support/embedded.ts';
import { runProgram } from '../support/program.ts';

describe('a foundation is listed', () => {
  let source: Stage;
  let archive: string;
  const list = (...args: string[]) => runProgram(['list', '--kubeconfig', source.kubeconfigFile, ...args]);
  const lines = (text: string) => text.trimEnd().split('\n');

  beforeAll(async () => {
    source = await startStage({ name: 'source', landscape: SMALL });
    archive = join(source.directory, 'backup.tar');
    const on = ['--kubeconfig', source.kubeconfigFile, '--plaintext-secrets', '--quiet'];
    expect((await runProgram(['export', archive, ...on])).code).toBe(0);
  }, 60_000);
  afterAll(() => source?.stop());

  it('as a table, with what is in it counted at the end', async () => {
    const { code, stdout, stderr } = await list();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^ORG +SPACE +APP +STATE$/m);
    expect(stdout).toMatch(/^payments +production +checkout +started$/m);
    expect(stdout).toMatch(/^NAMESPACE +INSTALLED +VERSION$/m);
    expect(lines(stdout).at(-1)).toMatch(/^3 orgs, 7 spaces, 9 apps, 3 installed packages in source$/);
  });

  it('with GUIDs and packages when there is room', async () => {
    const { stdout } = await list('-o', 'wide');
    expect(stdout).toMatch(/^ORG +SPACE +APP +STATE +GUID$/m);
    expect(stdout).toMatch(/^NAMESPACE +INSTALLED +VERSION +PACKAGE$/m);
  });

  it('as names that the flags take', async () => {
    const apps = lines((await list('-o', 'name')).stdout).filter(name => name.startsWith('app/'));
    expect(apps).toContain('app/payments/production/checkout');
    for (const app of apps.slice(0, 2)) {
      const { stdout } = await list('-o', 'name', '--app', app.replace('app/', ''));
      expect(lines(stdout).at(-1)).toBe(app);
    }
  });

  it('as a document, the same in JSON and YAML', async () => {
    const { stdout } = await list('-o', 'json');
    const { context, orgs, packages } = JSON.parse(stdout);
    expect(context).toBe('source');
    expect(orgs.map(({ name }: { name: string }) => name)).toContain('payments');
    expect(packages[0]).toMatchObject({ namespace: 'tap-install', version: expect.stringMatching(/^\d/) });
    expect((await list('-o', 'yaml')).stdout).toContain(`context: ${context}\n`);
  });

  it('in part, and not at all where a name is wrong', async () => {
    const { stdout } = await list('--space', 'payments/production', '-o', 'name');
    const [org, space, ...apps] = lines(stdout);
    expect([org, space]).toEqual(['org/payments', 'space/payments/production']);
    expect(apps.every(name => name.startsWith('app/payments/production/'))).toBe(true);
    expect(await list('--org', 'paiments')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: there is no org "paiments"\nhint: did you mean payments?\n',
    });
  });

  it('in no form that there is not', async () => {
    const { code, stderr } = await list('-o', 'xml');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'error: expected --output=xml to be one of: json, yaml, name, wide\nhint: see --help\n',
    });
  });

  it('with every request, where that is asked for', async () => {
    const { code, stdout, stderr } = await list('-v=6');
    expect(code).toBe(0);
    expect(stdout).toBe((await list()).stdout);
    expect(stderr).toMatch(/^GET http\S+\/apis\/korifi.cloudfoundry.org\/v1alpha1\/cforgs\S* 200/m);
    expect(lines(stderr)).toHaveLength(4);
  });

  it('by those alone who may list its orgs', async () => {
    source.faults.api.add(listsOf('cforgs'), forbidden('cforgs', 'korifi.cloudfoundry.org'));
    const { code, stderr } = await list();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: .*cforgs/);
    source.faults.clear();
  });

  it('like archives and their differences, by names and at length', async () => {
    const inspect = (form: string) => runProgram(['inspect', archive, '-o', form]);
    const names = lines((await inspect('name')).stdout);
    expect(names).toContain('app/payments/production/checkout');
    expect(names.filter(name => name.startsWith('image/')).length).toBeGreaterThan(10);
    expect((await inspect('wide')).stdout).toContain('used by CFPackage');
    const on = ['--kubeconfig', source.kubeconfigFile, '--quiet', '-o', 'name'];
    expect(await runProgram(['diff', archive, ...on])).toMatchObject({ code: 0, stdout: '' });
    expect(await runProgram(['journals', '-o', 'name', '--journal', '/nonexistent'])).toMatchObject({
      code: 0,
      stdout: '',
    });
  });
});
