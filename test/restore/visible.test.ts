import { describe, expect, it } from 'vitest';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { descriptorOf } from '../../src/foundation/catalog.ts';
import type { ProgressEvent } from '../../src/progress/events.ts';
import { waitUntilVisible } from '../../src/restore/visible.ts';

const PACKAGE = {
  group: 'data.packaging.carvel.dev',
  version: 'v1alpha1',
  plural: 'packages',
  kind: 'Package',
  namespaced: true,
};
const rule = descriptorOf('packaging.carvel.dev', 'PackageInstall')?.visibleFirst;

describe('the package of a PackageInstall', () => {
  /** Asked for in a namespace, and there from the nth look on. */
  async function wait(constraints: string | undefined, thereAt: number, patienceMs = 60_000) {
    const looks: string[] = [];
    const events: ProgressEvent[] = [];
    const get = async (_: unknown, namespace: string | undefined, name: string) => {
      looks.push(`${namespace}/${name}`);
      return looks.length >= thereAt ? ({ metadata: { name } } as never) : undefined;
    };
    const object = {
      apiVersion: 'packaging.carvel.dev/v1alpha1',
      kind: 'PackageInstall',
      metadata: { namespace: 'tap-install', name: 'adapter' },
      spec: { packageRef: { refName: 'adapter.example.com', versionSelection: { constraints } } },
    };
    if (rule === undefined) throw new Error('the catalog has the rule');
    const cluster = { get } as unknown as Cluster;
    const report = (event: ProgressEvent) => events.push(event);
    await waitUntilVisible(rule, object, { cluster, resource: PACKAGE, patienceMs, report });
    return { looks, waits: events.filter(({ type }) => type === 'waiting') };
  }

  it('is waited for in the wanted version, as it is seen from there', async () => {
    const { looks, waits } = await wait('1.3.1+build.2', 3);
    expect(looks).toEqual(Array(3).fill('tap-install/adapter.example.com.1.3.1+build.2'));
    expect(waits).toEqual([
      {
        type: 'waiting',
        subject: 'Package tap-install/adapter.example.com.1.3.1+build.2',
        for: 'it to be visible',
        left: 1,
      },
    ]);
  });

  it('is not waited for any longer than its PackageInstall', async () => {
    expect((await wait('1.3.1', 99, 300)).looks).toHaveLength(3);
  });

  it('is not waited for where no version is wanted', async () => {
    expect((await wait('>=1.0.0', 99)).looks).toEqual([]);
    expect((await wait(undefined, 99)).looks).toEqual([]);
  });
});
