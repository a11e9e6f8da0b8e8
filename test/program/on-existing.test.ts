import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/base/object.ts';
import type { ApiResource } from '../../src/cluster/cluster.ts';
import type { Stage } from '../support/embedded.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { runProgram } from '../support/program.ts';
import { ProgramInTerminal } from '../support/terminal.ts';

describe('what is there already and differs', { timeout: 120_000 }, () => {
  let pair: Pair;
  let target: Stage;
  let apps: ApiResource;
  let routes: ApiResource;
  let app: KubeObject;
  let route: KubeObject;

  beforeAll(async () => {
    pair = await startPair();
    ({ target } = pair);
    expect((await restored()).code).toBe(0);
    await target.settle();
    const surface = await target.cluster.discover();
    const resource = (kind: string) =>
      surface.find('korifi.cloudfoundry.org', kind, ['v1alpha1']) as ApiResource;
    [apps, routes] = [resource('CFApp'), resource('CFRoute')];
    const first = async (of: ApiResource) =>
      (await Array.fromAsync(target.cluster.list(of)))
        .flat()
        .find(object => object.spec.desiredState !== 'STOPPED');
    [app, route] = [(await first(apps)) as KubeObject, (await first(routes)) as KubeObject];
  }, 60_000);
  afterAll(() => pair?.stop());

  async function restored(...flags: string[]) {
    const { code, stdout, stderr } = await runProgram(pair.restoring('--yes', '-o', 'json', ...flags));
    return { code, stderr, result: code === 0 ? JSON.parse(stdout) : undefined };
  }
  const live = (of: ApiResource, { metadata }: KubeObject) =>
    target.cluster.get(of, metadata.namespace, metadata.name) as Promise<KubeObject>;

  /** Somebody renames an app, gives it another variable, and leads its route elsewhere. */
  beforeEach(async () => {
    const { namespace, name } = app.metadata;
    await target.cluster.patch(apps, namespace, name, {
      type: 'merge',
      body: { spec: { displayName: 'renamed' }, metadata: { labels: { team: 'ours' } } },
    });
    const secrets = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true };
    await target.cluster.patch(secrets, namespace, app.spec.envSecretName, {
      type: 'merge',
      body: { data: { LATER: 'aHVzaC1odXNo' } },
    });
    await target.cluster.patch(routes, route.metadata.namespace, route.metadata.name, {
      type: 'merge',
      body: { spec: { destinations: [] } },
    });
    await target.settle();
  });

  it('is left as it is unless told otherwise, and shown without what is secret', async () => {
    const { code, result } = await restored();
    expect(code).toBe(0);
    const { namespace, name } = app.metadata;
    expect(result.differs).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          subject: `CFApp ${namespace}/${name}`,
          fields: [{ path: 'spec.displayName', archive: app.spec.displayName, cluster: 'renamed' }],
        }),
        expect.objectContaining({
          subject: `Secret ${namespace}/${app.spec.envSecretName}`,
          fields: [{ path: 'data.LATER', cluster: '(secret)' }],
        }),
      ]),
    );
    expect(JSON.stringify(result)).not.toContain('aHVzaC1odXNo');
    expect((await live(apps, app)).spec.displayName).toBe('renamed');
  });

  it('is made as in the archive by update: these fields and nothing else, and no app is stopped', async () => {
    const before = await live(apps, app);
    const { code, result } = await restored('--on-existing', 'update');
    expect({ code, differs: result.differs, losses: result.losses }).toEqual({
      code: 0,
      differs: [],
      losses: [],
    });
    expect(result.objects.CFApp.updated).toBe(1);
    await target.settle();
    const after = await live(apps, app);
    expect(after.spec).toEqual({ ...before.spec, displayName: app.spec.displayName });
    expect(after.metadata.labels?.team).toBe('ours');
    expect(after.metadata.annotations).toEqual(before.metadata.annotations);
    expect((await live(routes, route)).spec.destinations).toEqual(route.spec.destinations);
    expect((await restored()).result.differs).toEqual([]);
    expect(target.activity.of('staged')).toEqual([]);
  });

  it('forbids the restore with fail, before anything is written', async () => {
    const before = target.server.storage.revision;
    const { code, stderr } = await restored('--on-existing', 'fail');
    expect(code).toBe(5);
    expect(stderr).toContain(
      `CFApp ${app.metadata.namespace}/${app.metadata.name} is there already, and differs`,
    );
    expect(stderr).toContain('hint: pass --on-existing skip');
    expect(target.server.storage.revision).toBe(before);
  });

  it('is asked about on a terminal without a wizard, with each field and both values', async () => {
    const terminal = new ProgramInTerminal(pair.restoring(), {
      columns: 200,
      rows: 50,
      env: { TERM: 'dumb' },
    });
    await terminal.until(
      /objects of the cluster are not as in the archive: \[s\]kip, \[u\]pdate, \[c\]ancel/,
    );
    expect(terminal.text).toContain(
      `differs in spec.displayName: "${app.spec.displayName}" in the archive, "renamed" in the cluster`,
    );
    terminal.type('u\r');
    await terminal.until(/\[y\/N\]|ended/);
    if (!terminal.text.includes('ended')) terminal.type('y\r');
    expect(await terminal.ended).toBe(0);
    expect((await live(apps, app)).spec.displayName).toBe(app.spec.displayName);
  });

  it('stays when the question is answered by no', async () => {
    const terminal = new ProgramInTerminal(pair.restoring(), {
      columns: 200,
      rows: 50,
      env: { TERM: 'dumb' },
    });
    await terminal.until(/\[s\]kip, \[u\]pdate, \[c\]ancel/);
    terminal.type('\r');
    expect(await terminal.ended).toBe(5);
    expect((await live(apps, app)).spec.displayName).toBe('renamed');
  });
});
