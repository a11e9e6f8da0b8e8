import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiServer, startApiServer } from '../../src/sandbox/apiserver/server.ts';
import { kubectl } from '../testbed/testbed.ts';

const definition = JSON.stringify({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        subresources: { status: {} },
      },
    ],
  },
});

function widget(size: number): string {
  const metadata = { name: 'w', namespace: 'team' };
  return JSON.stringify({ apiVersion: 'example.com/v1', kind: 'Widget', metadata, spec: { size } });
}

describe('kubectl on the embedded API server', () => {
  let server: ApiServer;
  let folder: string;
  let run: (args: string, input?: string) => Promise<string>;

  beforeAll(async () => {
    server = await startApiServer();
    folder = await mkdtemp(join(tmpdir(), 'asa-backup-kubectl-'));
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, server.kubeconfig());
    run = (args, input) => kubectl(kubeconfig, args.split(' '), input);
    await run(
      'create -f -',
      JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } }),
    );
    await run('create -f -', definition);
    await run('wait --for=condition=Established crd/widgets.example.com');
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  it('applies, changes and deletes objects', async () => {
    expect(await run('apply -f -', widget(1))).toBe('widget.example.com/w created\n');
    expect(await run('apply -f -', widget(1))).toBe('widget.example.com/w unchanged\n');
    expect(await run('apply -f -', widget(2))).toBe('widget.example.com/w configured\n');
    expect(await run('apply --server-side -f -', widget(3))).toContain('serverside-applied');
    expect(await run('get wd w -n team -o jsonpath={.spec.size}/{.metadata.generation}')).toBe('3/3');
    expect(await run('label widget w -n team a=b')).toContain('labeled');
    expect(await run('get widgets -A -l a=b -o name')).toBe('widget.example.com/w\n');
    expect(await run('delete widget w -n team')).toContain('deleted');
    expect(await run('get widgets -A')).toBe('');
  }, 60_000);

  it('waits for a namespace to go', async () => {
    await run('apply -f -', widget(1));
    expect(await run('delete namespace team --timeout=30s')).toContain('deleted');
    expect(await run('get namespaces -o name')).not.toContain('team');
  }, 60_000);

  it('knows what there is, and what it may', async () => {
    expect(await run('api-resources --no-headers -o name')).toContain('widgets.example.com');
    expect(await run('version -o json')).toContain('v1.34.4');
    expect(await run('get --raw /readyz')).toBe('ok');
  }, 60_000);
});
