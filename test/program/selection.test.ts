import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openArchive } from '../../src/archive/open-archive.ts';
import { idOf, showId } from '../../src/base/object.ts';
import { surveyArchive } from '../../src/restore/archive-tree.ts';
import { ObjectStore } from '../../src/restore/store.ts';
import { SMALL, type Stage, startStage } from '../support/embedded.ts';
import { runProgram } from '../support/program.ts';

describe('a part of a foundation', () => {
  let source: Stage;
  let target: Stage;
  let whole: string;
  let map: string;

  beforeAll(async () => {
    [source, target] = await Promise.all([
      startStage({ name: 'source', landscape: SMALL }),
      startStage({ name: 'target' }),
    ]);
    map = `${source.registry.host}/=${target.registry.host}/`;
    whole = (await exported('whole.tar')).archive;
  }, 60_000);
  afterAll(() => Promise.all([source?.stop(), target?.stop()]));

  async function exported(name: string, ...flags: string[]) {
    const archive = join(source.directory, name);
    const on = ['--kubeconfig', source.kubeconfigFile, '--plaintext-secrets'];
    const { code, stderr, stdout } = await runProgram(['export', archive, ...on, ...flags, '-o', 'json']);
    return { archive, code, stderr, result: code === 0 ? JSON.parse(stdout) : undefined };
  }

  async function inspected(archive: string) {
    return JSON.parse((await runProgram(['inspect', archive, '-o', 'json'])).stdout);
  }

  async function restored(archive: string, ...flags: string[]) {
    const on = ['--kubeconfig', target.kubeconfigFile, '--registry-map', map, '--yes', '-o', 'json'];
    const { code, stderr, stdout } = await runProgram(['restore', archive, ...on, ...flags]);
    return { code, stderr, result: code === 0 ? JSON.parse(stdout) : undefined };
  }

  async function names(stage: Stage, kind: string): Promise<string[]> {
    const resource = (await stage.cluster.discover()).find('korifi.cloudfoundry.org', kind, ['v1alpha1']);
    if (resource === undefined) return [];
    const pages = await Array.fromAsync(stage.cluster.list(resource));
    return pages
      .flat()
      .map(object => String(object.spec.displayName ?? showId(idOf(object))))
      .sort();
  }

  it('is exported with what it needs, and its images alone', async () => {
    const { archive, result } = await exported('app.tar', '--app', 'payments/production/checkout');
    expect(result.objects).toMatchObject({ CFApp: 1, CFSpace: 1, CFOrg: 1 });
    expect(result.selection).toEqual({ flags: '--app payments/production/checkout', leftOut: [] });
    const { orgs, images, selection } = await inspected(archive);
    expect(orgs).toEqual([{ name: 'payments', spaces: [{ name: 'production', apps: ['checkout'] }] }]);
    expect(selection).toEqual(result.selection);
    const all = (await inspected(whole)).images;
    const reference = (image: { reference: string }) => image.reference;
    const users = (image: { usedBy: string[] }) => image.usedBy;
    expect(images.length).toBeGreaterThan(1);
    expect(images.length).toBeLessThan(all.length / 2);
    expect(all.map(reference)).toEqual(expect.arrayContaining(images.map(reference)));
    expect(new Set(images.flatMap(users).map((user: string) => user.split(' ')[0]))).toEqual(
      new Set(['CFPackage', 'CFBuild']),
    );
    expect((await runProgram(['verify', archive])).code).toBe(0);
  });

  it('says what it names and leaves out', async () => {
    const { archive, result } = await exported('bare.tar', '--org', 'payments', '--exclude', 'secrets');
    const { flags, leftOut } = result.selection;
    expect(flags).toBe('--org payments --exclude Secret');
    expect(leftOut.length).toBeGreaterThan(0);
    expect(new Set(leftOut.map(({ subject }: { subject: string }) => subject.split(' ')[0]))).toEqual(
      new Set(['Secret']),
    );
    expect((await runProgram(['inspect', archive])).stdout).toContain('named by CFApp');
  });

  it('can be chosen from a tree that knows what each choice comes to', async () => {
    const reader = await openArchive(whole);
    const tree = await surveyArchive(reader.head, new ObjectStore(reader.head, undefined));
    await reader.close();
    const branches = tree.branches();
    expect(branches.map(({ name }) => name)).toEqual(['installation', 'data-platform', 'payments', 'retail']);
    const payments = branches[2];
    const production = payments?.children.find(({ name }) => name === 'production');
    const checkout = production?.children.find(({ name }) => name === 'checkout');
    const scope = { installation: false, orgs: new Set<string>(), spaces: new Set<string>() };
    const effect = tree.effect({ scope: { ...scope, apps: new Set([checkout?.guid ?? '']) }, filters: {} });
    const { archive } = await exported('chosen.tar', '--app', 'payments/production/checkout');
    const { objects, images, layerBytes } = await inspected(archive);
    // Tasks stay in the archive.
    const { CFTask: _, ...restored } = objects;
    const count = Object.values<number>(restored).reduce((sum, number) => sum + number, 0);
    expect(effect).toMatchObject({ objects: count, images: images.length, bytes: layerBytes });
    const all = tree.effect({ scope: undefined, filters: {} });
    expect(all.images).toBe((await inspected(whole)).images.length);
    expect(checkout?.sharedBytes).toBeGreaterThan(0);
    expect(payments?.bytes).toBeGreaterThan(Number(checkout?.bytes));
  });

  it('may go without images, and is intact all the same', async () => {
    source.faults.api.clear();
    const { archive, result } = await exported('thin.tar', '--no-images');
    expect(source.faults.api.calls.filter(call => call.includes('/cfapps?limit='))).toHaveLength(1);
    expect(result.images).toMatchObject({ count: 0, layers: 0 });
    expect(result.objects).toEqual((await inspected(whole)).objects);
    expect((await runProgram(['verify', archive])).code).toBe(0);
  });

  it('is restored without images where the target has them, or will have', async () => {
    const { archive } = await exported('thin-installation.tar', '--no-images', '--installation');
    const { code, result } = await restored(archive, '--dry-run');
    expect({ code, images: result?.images.moved }).toEqual({ code: 0, images: 0 });
  });

  it('that names what is not there is refused, and leaves no file', async () => {
    const { code, stderr } = await exported('none.tar', '--org', 'paiments');
    expect(code).toBe(2);
    expect(stderr).toContain('error: there is no org "paiments"\nhint: did you mean payments?');
    const before = target.server.storage.revision;
    const { code: restoring, stderr: said } = await restored(whole, '--app', 'chekout');
    expect({ restoring, said }).toEqual({
      restoring: 2,
      said: expect.stringContaining('did you mean checkout?'),
    });
    expect(target.server.storage.revision).toBe(before);
  });

  it('is restored piece by piece, each with what it needs and no more', async () => {
    const installation = await restored(whole, '--installation');
    expect({ code: installation.code, apps: installation.result?.objects.CFApp }).toEqual({
      code: 0,
      apps: undefined,
    });
    await target.settle();
    const one = await restored(whole, '--app', 'payments/production/checkout', '--droplets', 'current');
    expect({ code: one.code, losses: one.result.losses }).toEqual({ code: 0, losses: [] });
    expect(one.result.objects.CFApp).toEqual({ created: 1, started: 1 });
    expect(one.result.objects.CFBuild).toEqual({ created: 1 });
    expect([await names(target, 'CFOrg'), await names(target, 'CFApp')]).toEqual([
      ['payments'],
      ['checkout'],
    ]);
    const { images } = await inspected(whole);
    expect(one.result.images.moved).toBeLessThan(images.length);
    const rest = await restored(whole);
    expect({ code: rest.code, losses: rest.result.losses, differs: rest.result.differs }).toEqual({
      code: 0,
      losses: [],
      differs: [],
    });
    await target.settle();
    expect(await names(target, 'CFRoute')).toEqual(await names(source, 'CFRoute'));
    expect(target.activity.of('staged')).toEqual([]);
    expect(target.activity.of('collected')).toEqual([]);
  });
});
