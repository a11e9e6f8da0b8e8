import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/base/object.ts';
import { View } from '../../src/sandbox/compare/view.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';
import { type Effect, forbidden, listsOf } from '../faults/apiserver.ts';
import { type Stage, startStage, TINY } from '../support/embedded.ts';
import { runProgram } from '../support/program.ts';
import { ProgramInTerminal } from '../support/terminal.ts';

/** A namespace that stands in a list as one that is being deleted. */
function dying(namespace: string): Effect {
  return listed(object =>
    object.metadata.name === namespace
      ? { ...object, metadata: { ...object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }
      : object,
  );
}

/** Objects of a list stand in another namespace. */
function elsewhere(namespace: string): Effect {
  return listed(object => ({ ...object, metadata: { ...object.metadata, namespace } }));
}

function listed(change: (object: KubeObject) => KubeObject): Effect {
  return async (call, next) => {
    const answer = await next(call);
    const body = answer.body as { items: KubeObject[] };
    return { ...answer, body: { ...body, items: body.items.map(change) } };
  };
}

/** The checks before a restore, as the built program has them. */
describe('the checks before a restore', () => {
  let source: Stage;
  let target: Stage;
  let archive: string;
  let map: string;
  beforeAll(async () => {
    [source, target] = await Promise.all([
      startStage({ name: 'source', landscape: TINY }),
      startStage({ name: 'target' }),
    ]);
    archive = join(source.directory, 'backup.tar');
    const [app] = (await View.of(source.cluster)).all(KINDS.CFApp);
    const { namespace, name } = app?.metadata ?? { name: '' };
    const body = { spec: { lifecycle: { data: { buildpacks: ['example/cobol'] } } } };
    await source.cluster.patch(KINDS.CFApp, namespace, name, { type: 'merge', body });
    map = `${source.registry.host}/=${target.registry.host}/`;
    await runProgram(['export', archive, '--kubeconfig', source.kubeconfigFile, '--plaintext-secrets']);
  }, 60_000);
  afterAll(() => Promise.all([source?.stop(), target?.stop()]));

  const check = async (flags: readonly string[]) => {
    const args = ['restore', archive, '--kubeconfig', target.kubeconfigFile, '--registry-map', map];
    const { code, stdout, stderr } = await runProgram([...args, '-o', 'json', ...flags]);
    return { code, stderr, result: stdout === '' ? undefined : JSON.parse(stdout) };
  };

  it('ask the API server about every object, and say what cannot be asked yet', async () => {
    const before = target.server.storage.revision;
    const { code, result } = await check(['--dry-run=server']);
    expect({ code, losses: result.losses }).toEqual({ code: 0, losses: [] });
    const [, accepted, untried] =
      /would take (\d+) objects; \d+ are there already; (\d+) cannot be tried/.exec(result.notes.at(-1)) ??
      [];
    // The namespaces of packages, roles of the whole cluster: all else lives in what comes first.
    expect(Number(accepted)).toBeGreaterThan(3);
    expect(Number(untried)).toBeGreaterThan(50);
    expect(target.server.storage.revision).toBe(before);
  });

  it('name what the API server would refuse', async () => {
    target.faults.api.add(
      call => call.method === 'POST' && call.path.endsWith('/clusterroles') && call.query.has('dryRun'),
      forbidden('clusterroles', 'rbac.authorization.k8s.io'),
    );
    const { code, result } = await check(['--dry-run=server']);
    expect({ code, subjects: result.losses.map(({ kind }: { kind: string }) => kind) }).toEqual({
      code: 3,
      subjects: ['object-failed'],
    });
    target.faults.clear();
  });

  it('do not stand in the way of a name that a create which broke off has left behind', async () => {
    expect((await check(['--yes'])).code).toBe(0);
    await target.settle();
    const { cluster } = target;
    const [route] = (await View.of(cluster)).all(KINDS.CFRoute);
    const { namespace, name } = route?.metadata ?? { name: '' };
    const lease = (await View.of(cluster))
      .all(KINDS.Lease)
      .find(({ metadata }) => metadata.annotations?.['coordination.cloudfoundry.org/owner-name'] === name);
    if (lease === undefined) throw new Error('the route has its name');
    await cluster.delete(KINDS.CFRoute, namespace, name);
    await target.settle();
    const { uid: _, resourceVersion: __, ...metadata } = lease.metadata;
    await cluster.create(KINDS.Lease, { ...lease, metadata });
    const { code, result } = await check(['--yes']);
    expect({ code, losses: result.losses, made: result.objects.CFRoute.created }).toEqual({
      code: 0,
      losses: [],
      made: 1,
    });
    expect(await cluster.get(KINDS.CFRoute, namespace, name)).toBeDefined();
    // Undone, the name is free.
    const { journal } = result;
    await cluster.delete(KINDS.CFRoute, namespace, name);
    await target.settle();
    await cluster.create(KINDS.Lease, { ...lease, metadata });
    const undone = await runProgram(['undo', journal, '--kubeconfig', target.kubeconfigFile, '--yes']);
    expect(undone.code, undone.stderr).toBe(0);
    expect(await cluster.get(KINDS.Lease, lease.metadata.namespace, lease.metadata.name)).toBeUndefined();
  });

  it('find a route that somebody else has', async () => {
    const { cluster } = target;
    const [route] = (await View.of(cluster)).all(KINDS.CFRoute);
    const { namespace = '', name = '' } = route?.metadata ?? {};
    await cluster.delete(KINDS.CFRoute, namespace, name);
    await target.settle();
    await cluster.create(KINDS.CFRoute, {
      apiVersion: 'korifi.cloudfoundry.org/v1alpha1',
      kind: 'CFRoute',
      metadata: { namespace, name: 'theirs' },
      spec: { ...route?.spec, host: route?.spec.host.toUpperCase(), destinations: [] },
    });
    const { code, result } = await check(['--dry-run']);
    const taken = result.findings.filter((finding: { code: string }) => finding.code === 'name-taken');
    expect({ code, subjects: taken.map(({ subject }: { subject: string }) => subject) }).toEqual({
      code: 5,
      subjects: [`CFRoute ${namespace}/${name}`],
    });
    await cluster.delete(KINDS.CFRoute, namespace, 'theirs');
    await target.settle();
  });

  it('find names that are held for nobody, and let go of them when told to', async () => {
    const { cluster } = target;
    const restored = await check(['--yes']);
    expect(restored.code).toBe(0);
    await target.settle();
    const view = await View.of(cluster);
    const [route] = view.all(KINDS.CFRoute);
    const { namespace, name = '' } = route?.metadata ?? {};
    const key = 'coordination.cloudfoundry.org/owner-name';
    const lease = view.all(KINDS.Lease).find(({ metadata }) => metadata.annotations?.[key] === name);
    if (lease === undefined) throw new Error('the route has its name');
    await cluster.delete(KINDS.CFRoute, namespace, name);
    await target.settle();
    const { uid: _, resourceVersion: __, ...metadata } = lease.metadata;
    const orphan = (more: object, annotations: object) =>
      cluster.create(KINDS.Lease, {
        ...lease,
        metadata: { ...metadata, ...more, annotations: { ...metadata.annotations, ...annotations } },
      });
    await orphan({}, { [key]: 'nobody' });
    await orphan({ name: 'n-unneeded' }, { [key]: 'none', 'coordination.cloudfoundry.org/name': 'unneeded' });
    const refused = await check(['--yes']);
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain(`for CFRoute ${namespace}/nobody, which does not exist`);
    expect(refused.stderr).toContain('--remove-orphaned-leases');
    const args = ['restore', archive, '--kubeconfig', target.kubeconfigFile, '--registry-map', map];
    const size = { columns: 200, rows: 50, env: { TERM: 'dumb' } };
    const terminal = new ProgramInTerminal([...args, '--on-existing', 'skip'], size);
    await terminal.until(/let go of 2 names that Korifi holds for objects which do not exist\? \[y\/N\]/);
    terminal.type('n\r');
    expect(await terminal.ended).toBe(5);
    expect(terminal.text).toContain('hint: nothing was written');
    const { result } = await check(['--dry-run']);
    const found = result.findings.filter((finding: { code: string }) => finding.code === 'name-orphaned');
    expect(found.map(({ severity }: { severity: string }) => severity)).toEqual(['refuse', 'note']);
    const { code, result: mended } = await check(['--yes', '--remove-orphaned-leases']);
    expect({ code, made: mended.objects.CFRoute.created, losses: mended.losses }).toEqual({
      code: 0,
      made: 1,
      losses: [],
    });
    const left = (await View.of(cluster)).all(KINDS.Lease).map(one => one.metadata.annotations?.[key]);
    expect([left.includes('nobody'), left.includes('none'), left.includes(name)]).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('name the buildpacks that apps ask for and the target has not', async () => {
    const { result } = await check(['--dry-run']);
    const found = result.findings.filter(({ code }: { code: string }) => /^(?:buildpack|stack)-/.test(code));
    expect(found).toEqual([
      {
        code: 'buildpack-missing',
        severity: 'warn',
        subject: 'example/cobol',
        text: expect.stringContaining('the target has no buildpack example/cobol'),
        hint: expect.stringContaining('it has paketo-buildpacks/procfile'),
      },
    ]);
  });

  it('find namespaces that are going, GUIDs that others have, and quotas without room', async () => {
    const { cluster } = target;
    expect((await check(['--yes'])).code).toBe(0);
    await target.settle();
    const [app] = (await View.of(cluster)).all(KINDS.CFApp);
    const { namespace = '', name = '' } = app?.metadata ?? {};
    await cluster.delete(KINDS.CFApp, namespace, name);
    await target.settle();
    const metadata = { namespace, name: 'few' };
    const quotas = {
      group: '',
      version: 'v1',
      kind: 'ResourceQuota',
      plural: 'resourcequotas',
      namespaced: true,
    };
    await cluster.create(quotas, { apiVersion: 'v1', kind: 'ResourceQuota', metadata });
    const allow = (hard: object, used: object) =>
      cluster.patch(quotas, namespace, 'few', {
        type: 'merge',
        body: { status: { hard, used } },
        subresource: 'status',
      });
    const codes = async () => {
      const { code, result } = await check(['--dry-run']);
      const found = result.findings.filter(({ severity }: { severity: string }) => severity === 'refuse');
      return {
        code,
        found: found.map((one: { code: string; subject: string }) => `${one.code} ${one.subject}`),
      };
    };
    const apps = 'count/cfapps.korifi.cloudfoundry.org';
    // What is there needs no room.
    await allow({ secrets: '101', [apps]: '3' }, { secrets: '100', [apps]: '2' });
    expect(await codes()).toMatchObject({ code: 0, found: [] });
    await allow({ [apps]: '2' }, { [apps]: '2' });
    expect(await codes()).toEqual({ code: 5, found: [`quota ResourceQuota ${namespace}/few`] });
    await cluster.delete(quotas, namespace, 'few');
    const going = listsOf('namespaces');
    target.faults.api.add(going, dying(namespace));
    expect(await codes()).toEqual({ code: 5, found: [`namespace-going Namespace ${namespace}`] });
    target.faults.api.add(listsOf('cfspaces'), elsewhere('other'), Number.POSITIVE_INFINITY);
    const { code, found } = await codes();
    expect({ code, found: found.filter((one: string) => one.startsWith('guid-taken')) }).toEqual({
      code: 5,
      found: expect.arrayContaining([expect.stringMatching(`^guid-taken CFSpace .*/${namespace}$`)]),
    });
    target.faults.clear();
  });

  it('find names that others have, all at once, and tell programs', async () => {
    const restored = await check(['--yes']);
    expect(restored.code).toBe(0);
    await target.settle();
    const { cluster } = target;
    const view = await View.of(cluster);
    const [app] = view.all(KINDS.CFApp);
    const { namespace, name } = app?.metadata ?? { name: '' };
    await cluster.delete(KINDS.CFApp, namespace, name);
    await target.settle();
    await cluster.create(KINDS.CFApp, {
      apiVersion: 'korifi.cloudfoundry.org/v1alpha1',
      kind: 'CFApp',
      metadata: { namespace: namespace ?? '', name: 'other' },
      spec: {
        displayName: app?.spec.displayName.toUpperCase(),
        desiredState: 'STOPPED',
        lifecycle: { type: 'buildpack', data: {} },
      },
    });
    const { code, result, stderr } = await check(['--dry-run']);
    expect(code).toBe(5);
    expect(result.refused).toBe(true);
    const taken = result.findings.filter((finding: { code: string }) => finding.code === 'name-taken');
    expect(taken).toEqual([
      {
        code: 'name-taken',
        severity: 'refuse',
        subject: `CFApp ${namespace}/${name}`,
        text: expect.stringContaining(`finds its name taken on the target by CFApp ${namespace}/other`),
        hint: expect.any(String),
      },
    ]);
    expect(stderr).toContain('finds its name taken');
  });
});
