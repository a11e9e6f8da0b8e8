import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/base/object.ts';
import type { ApiResource } from '../../src/cluster/cluster.ts';
import type { DiffResult } from '../../src/progress/results/foundation.ts';
import { SMALL, type Stage } from '../support/embedded.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { runProgram } from '../support/program.ts';

describe('an archive and a live foundation', () => {
  let pair: Pair;
  let source: Stage;
  let target: Stage;
  let archive: string;
  let people: string;

  beforeAll(async () => {
    pair = await startPair({ source: { name: 'source', landscape: SMALL } });
    ({ source, target, archive } = pair);
    people = join(source.directory, 'people.yaml');
    await writeFile(people, 'users:\n  oncall@example.com: oncall@example.org\n');
  }, 60_000);
  afterAll(() => pair?.stop());

  const registryMap = () => ['--registry-map', `${source.registry.host}/=${target.registry.host}/`];
  const mapped = () => [...registryMap(), '--subject-map', people];
  async function diff(
    stage: Stage,
    ...flags: string[]
  ): Promise<{ code: number | null; result: DiffResult }> {
    const args = ['diff', archive, '--kubeconfig', stage.kubeconfigFile, '-o', 'json', ...flags];
    const { code, stdout } = await runProgram(args);
    return { code, result: JSON.parse(stdout) };
  }
  async function resource(kind: string): Promise<ApiResource> {
    const found = (await target.cluster.discover()).find('korifi.cloudfoundry.org', kind, ['v1alpha1']);
    if (found === undefined) throw new Error(`the target serves ${kind}`);
    return found;
  }
  async function listed(kind: string): Promise<KubeObject[]> {
    return (await Array.fromAsync(target.cluster.list(await resource(kind)))).flat();
  }

  it('are the same where it was made', async () => {
    const { code, result } = await diff(source);
    expect({ code, ...result }).toMatchObject({ code: 0, missing: [], extra: [], different: [], images: [] });
    const exported = JSON.parse((await runProgram(['inspect', archive, '-o', 'json'])).stdout);
    // Tasks of the past are compared with nothing.
    const { CFTask: _, ...compared } = exported.objects;
    const objects = Object.values<number>(compared).reduce((sum, number) => sum + number, 0);
    expect(result.same).toBe(objects);
  });

  it('end with more than 1 when they cannot be compared, as kubectl diff does', async () => {
    const nobody = await runProgram(['diff', archive, '--server', 'https://127.0.0.1:1']);
    expect(nobody).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('127.0.0.1:1') });
    const none = await runProgram(['diff', people, '--kubeconfig', target.kubeconfigFile]);
    expect(none.code).toBe(4);
  });

  it('differ by all of it where nothing was restored', async () => {
    const before = target.server.storage.revision;
    const { code, result } = await diff(target, ...mapped());
    expect(code).toBe(1);
    expect(result.missing.filter(({ subject, name }) => subject.startsWith('CFApp ') && name)).toHaveLength(
      9,
    );
    expect(result.images.length).toBeGreaterThan(20);
    expect(result.images.every(({ at }) => at.startsWith(`${target.registry.host}/`))).toBe(true);
    expect(target.server.storage.revision).toBe(before);
  });

  it('are the same after a restore, registries and people mapped', async () => {
    const on = ['--kubeconfig', target.kubeconfigFile, ...mapped(), '--yes'];
    expect((await runProgram(['restore', archive, ...on])).code).toBe(0);
    await target.settle();
    const args = ['diff', archive, '--kubeconfig', target.kubeconfigFile, ...mapped()];
    const { code, stdout } = await runProgram(args);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^target is as the archive says: \d+ objects the same\n$/),
    });
  });

  it('differ in who has a role where people are not mapped', async () => {
    const { code, result } = await diff(target, ...registryMap());
    expect(code).toBe(1);
    expect(result.different.flatMap(({ fields }) => fields)).toEqual([
      { path: 'subjects[0].name', archive: 'oncall@example.com', cluster: 'oncall@example.org' },
    ]);
  });

  it('differ field by field in what was changed since, each within its part', async () => {
    const apps = (await listed('CFApp')).filter(({ spec }) => spec.desiredState === 'STARTED');
    const [app, other] = apps;
    const [route] = await listed('CFRoute');
    if (!app || !other || !route) throw new Error('the target has apps and routes');
    const { cluster } = target;
    const merge = (kind: ApiResource, { metadata }: KubeObject, body: object) =>
      cluster.patch(kind, metadata.namespace, metadata.name, { type: 'merge', body });
    await merge(await resource('CFApp'), app, {
      spec: { desiredState: 'STOPPED' },
      metadata: { labels: { a: 'b' } },
    });
    const secrets = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true };
    const env = { ...app, metadata: { ...app.metadata, name: app.spec.envSecretName } };
    await merge(secrets, env, { data: { TOKEN: 'aHVzaC1odXNo' } });
    await cluster.delete(await resource('CFRoute'), route.metadata.namespace, route.metadata.name);
    await cluster.create(await resource('CFDomain'), {
      apiVersion: app.apiVersion,
      kind: 'CFDomain',
      metadata: { name: 'later', namespace: 'cf' },
      spec: { name: 'later.example.org' },
    });
    await target.settle();
    const { code, result } = await diff(target, ...mapped());
    expect(code).toBe(1);
    expect(result.missing).toEqual([
      { subject: `CFRoute ${route.metadata.namespace}/${route.metadata.name}` },
    ]);
    expect(result.extra).toEqual([{ subject: 'CFDomain cf/later' }]);
    expect(result.different).toEqual([
      {
        subject: `CFApp ${app.metadata.namespace}/${app.metadata.name}`,
        name: app.spec.displayName,
        fields: [
          { path: 'metadata.annotations["korifi.cloudfoundry.org/app-rev"]', archive: '0', cluster: '1' },
          { path: 'spec.desiredState', archive: 'STARTED', cluster: 'STOPPED' },
        ],
      },
      {
        subject: `Secret ${env.metadata.namespace}/${env.metadata.name}`,
        fields: [{ path: 'data.TOKEN', cluster: '(secret)' }],
      },
    ]);
    expect(JSON.stringify(result)).not.toContain('aHVzaC1odXNo');
    const one = await diff(target, ...mapped(), '--app', app.metadata.name, '--exclude', 'CFRoute');
    expect(one.result).toMatchObject({ missing: [], extra: [], images: [] });
    expect(one.result.different).toHaveLength(2);
    const neighbour = await diff(target, ...mapped(), '--app', other.metadata.name, '--exclude', 'CFRoute');
    expect(neighbour.code).toBe(0);
  });

  it('differ in a droplet that became another, and in an image that is gone', async () => {
    const [build] = (await listed('CFBuild')).filter(({ status }) => status?.droplet);
    if (build === undefined) throw new Error('the target has builds');
    const { namespace, name } = build.metadata;
    const image = build.status.droplet.registry.image as string;
    await target.cluster.patch(await resource('CFBuild'), namespace, name, {
      type: 'merge',
      body: { status: { droplet: { registry: { image: image.replace(/@.*/, ':other') } } } },
      subresource: 'status',
    });
    const [repository = '', digest = ''] = image.slice(image.indexOf('/') + 1).split('@');
    await fetch(`http://${target.registry.host}/v2/${repository}/manifests/${digest}`, { method: 'DELETE' });
    const { result } = await diff(target, ...mapped());
    expect(result.different).toContainEqual({
      subject: `CFBuild ${namespace}/${name}`,
      fields: [
        {
          path: 'status.droplet.registry.image',
          archive: image,
          cluster: expect.stringMatching(/:other$/),
        },
      ],
    });
    expect(result.images.map(({ at }) => at)).toEqual([image]);
  });
});
