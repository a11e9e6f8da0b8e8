import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stage, startStage, TINY } from '../support/embedded.ts';
import { failureOf } from '../support/failure.ts';
import { type PortForwards, startPortForwards } from '../support/port-forward.ts';
import { runProgram } from '../support/program.ts';

const SERVICES = { group: '', version: 'v1', plural: 'services', kind: 'Service', namespaced: true };
const PODS = { ...SERVICES, plural: 'pods', kind: 'Pod' };

describe('an export through a port-forward', () => {
  let stage: Stage;
  let forwards: PortForwards;
  let on: string[];

  beforeAll(async () => {
    stage = await startStage({ name: 'source', landscape: TINY });
    forwards = await startPortForwards(stage.server.url, { target: () => stage.registry.host });
    const config = join(stage.directory, 'forwarding');
    await writeFile(config, stage.kubeconfig.replaceAll(stage.server.url, forwards.url));
    on = ['--kubeconfig', config, '--plaintext-secrets'];
    const local = stage.server.local();
    const metadata = { name: 'registry', namespace: 'default', labels: { app: 'registry' } };
    const spec = { selector: { app: 'registry' }, ports: [{ port: 5000 }] };
    await local.create(SERVICES, { apiVersion: 'v1', kind: 'Service', metadata, spec });
    const containers = [{ name: 'registry', image: 'registry' }];
    await local.create(PODS, { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers } });
    const body = { status: { conditions: [{ type: 'Ready', status: 'True' }] } };
    await local.patch(PODS, 'default', 'registry', { type: 'merge', subresource: 'status', body });
  }, 60_000);
  afterAll(() => Promise.all([stage?.stop(), forwards?.stop()]));

  it('has every image, and ends when it is done', async () => {
    const file = join(stage.directory, 'backup.tar');
    const endpoint = `${stage.registry.host}=svc:default/registry:5000`;
    const { code, stdout } = await runProgram(['export', file, ...on, '--registry-endpoint', endpoint]);
    expect({ code, last: stdout.trimEnd().split('\n').at(-1) }).toEqual({
      code: 0,
      last: `exported to ${file}, nothing is missing`,
    });
    expect(new Set(forwards.opened)).toEqual(new Set(['registry:5000']));
    expect((await runProgram(['verify', file])).code).toBe(0);
  });

  it('reports what cannot be reached, and why', async () => {
    const file = join(stage.directory, 'other.tar');
    const endpoint = `${stage.registry.host}=svc:default/nowhere:5000`;
    const { code, says } = failureOf(
      await runProgram(['export', file, ...on, '--registry-endpoint', endpoint]),
    );
    expect({ code, says: says[0] }).toEqual({
      code: 2,
      says: 'error: service default/nowhere: the cluster has no such service',
    });
  });
});
