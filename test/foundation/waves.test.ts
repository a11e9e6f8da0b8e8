import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KubeObject, keyOf } from '../../src/base/object.ts';
import { CATALOG } from '../../src/foundation/catalog.ts';
import { describeWaves, planWaves, type WaveItem, type WaveNode } from '../../src/foundation/waves.ts';
import { FOUNDATION, named, waveItem } from './fixtures.ts';
import { expectTargetsInOrder } from './ordered.ts';

function wavesOf(objects: readonly KubeObject[]): string[][] {
  return describeWaves(planWaves(objects.map(waveItem)));
}

function without(...kinds: string[]): KubeObject[] {
  return FOUNDATION.truth.filter(({ kind }) => !kinds.includes(kind));
}

function inNamespace(object: KubeObject, namespace: string): KubeObject {
  return { ...object, metadata: { ...object.metadata, namespace } };
}

describe('the waves of a restore', () => {
  it('are those that were tried with the real controllers', () => {
    expect(wavesOf(FOUNDATION.truth)).toEqual([
      ['Namespace'],
      ['Secret', 'ClusterRole'],
      ['ServiceAccount', 'ClusterRoleBinding', 'SecretExport'],
      ['SecretImport'],
      ['PackageRepository', 'Package'],
      ['PackageInstall', 'App'],
      ['RoleBinding', 'CFDomain'],
      ['CFOrg'],
      ['RoleBinding'],
      ['CFSpace'],
      ['Secret', 'RoleBinding'],
      ['CFServiceInstance', 'CFApp'],
      ['CFProcess'],
      ['CFBuild'],
      ['CFBuild status'],
      ['CFPackage'],
      ['CFBuild touch'],
      ['CFServiceBinding', 'CFTask'],
      ['CFRoute'],
      ['CFApp ready'],
      ['CFApp start'],
    ]);
  });

  it('install a package after its repository, also where no package was made by hand', () => {
    const waves = wavesOf(without('Package', 'PackageMetadata'));
    const at = (kind: string) => waves.findIndex(wave => wave.includes(kind));
    expect(at('PackageRepository')).toBeGreaterThan(0);
    expect(at('PackageInstall')).toBeGreaterThan(at('PackageRepository'));
  });

  it('keep their order where a kind in the middle has no objects', () => {
    expect(wavesOf(without('CFBuild', 'CFServiceBinding', 'CFPackage', 'CFProcess')).slice(-4)).toEqual([
      ['CFServiceInstance', 'CFApp'],
      ['CFTask', 'CFRoute'],
      ['CFApp ready'],
      ['CFApp start'],
    ]);
  });

  it('wait for the droplets of apps that are not started, and end with that', () => {
    const items = FOUNDATION.truth.map(object => ({ ...waveItem(object), startWanted: false }));
    expect(describeWaves(planWaves(items)).at(-1)).toEqual(['CFApp ready']);
  });

  it('write no status and start nothing that the source had not', () => {
    const items = FOUNDATION.truth.map(object => ({
      ...waveItem(object),
      startWanted: false,
      statusWanted: false,
      readyWanted: false,
    }));
    expect(describeWaves(planWaves(items)).flat()).not.toContain('CFApp start');
    expect(describeWaves(planWaves(items)).flat()).not.toContain('CFApp ready');
    expect(describeWaves(planWaves(items)).flat()).not.toContain('CFBuild status');
  });

  it('make a package wait for the roles of its service account', () => {
    const waves = wavesOf(without('SecretExport', 'SecretImport', 'PackageRepository', 'Package'));
    expect(waves.slice(0, 4)).toEqual([
      ['Namespace'],
      ['Secret', 'ClusterRole'],
      ['ServiceAccount', 'ClusterRoleBinding'],
      ['PackageInstall', 'App'],
    ]);
  });

  it('make what lives in a space wait for it, also where nothing else names the space', () => {
    const waves = wavesOf([named('CFApp space-1/app-1'), named('CFSpace org-1/space-1')]);
    expect(waves).toEqual([['CFSpace'], ['CFApp'], ['CFApp ready'], ['CFApp start']]);
  });

  it('let a package in a space wait for the space, and nobody for that package', () => {
    const guest = inNamespace(named('PackageInstall install/adapter'), 'space-1');
    const waves = wavesOf([...FOUNDATION.truth, guest]);
    expect(waves.findIndex(wave => wave.includes('CFSpace'))).toBeLessThan(
      waves.findLastIndex(wave => wave.includes('PackageInstall')),
    );
  });

  it('take the oldest packages and builds first', () => {
    const young = named('CFPackage space-1/package-1');
    const old = structuredClone(young);
    old.metadata = { ...old.metadata, name: 'package-z', creationTimestamp: '2022-01-01T00:00:00Z' };
    const [wave] = planWaves([young, old].map(waveItem));
    expect(Array.from(wave?.nodes ?? [], ({ id }) => id.name)).toEqual(['package-z', 'package-1']);
  });

  it('have the packages of one app beside each other, so that whoever makes them reads near to where it has read', () => {
    const one = named('CFPackage space-1/package-1');
    const items = ['app-1', 'app-2', 'app-1', 'app-2'].map((app, at) => ({
      ...one,
      metadata: { ...one.metadata, name: `p-${at}`, creationTimestamp: `2022-01-0${4 - at}T00:00:00Z` },
      spec: { ...one.spec, appRef: { name: app } },
    }));
    const [wave] = planWaves(items.map(waveItem));
    expect(Array.from(wave?.nodes ?? [], ({ id }) => id.name)).toEqual(['p-2', 'p-0', 'p-3', 'p-1']);
  });

  it('say what a step cannot do without', () => {
    const nodes = planWaves(FOUNDATION.truth.map(waveItem)).flatMap(wave => [...wave.nodes]);
    const needs = (kind: string, step: string) =>
      nodes.find(({ id, step: own }) => id.kind === kind && own === step)?.needs;
    expect(needs('CFApp', 'create')).toEqual([
      'CFSpace.korifi.cloudfoundry.org/org-1/space-1',
      'Secret./space-1/app-1-env',
    ]);
    expect(needs('CFApp', 'start')).toEqual([
      'CFApp.korifi.cloudfoundry.org/space-1/app-1',
      'CFServiceBinding.korifi.cloudfoundry.org/space-1/binding-1',
    ]);
    expect(needs('CFOrg', 'create')).toEqual(['Namespace.//cf']);
  });

  it('refuse a cycle and name its members in their order', () => {
    const binding = waveItem(named('CFServiceBinding space-1/binding-1'));
    const app = waveItem(named('CFApp space-1/app-1'));
    const [toApp] = binding.references.filter(({ name }) => name === 'app-1');
    if (toApp === undefined) throw new TypeError('the binding names its app');
    const back = { ...toApp, name: binding.id.name, targets: [binding.id] };
    const cyclic: WaveItem[] = [binding, { ...app, references: [...app.references, back] }];
    expect(() => planWaves(cyclic)).toThrow(
      expect.objectContaining({
        code: 'cycle',
        message: expect.stringMatching(
          /these wait for each other: (CFApp space-1\/app-1 → CFServiceBinding space-1\/binding-1 → CFApp space-1\/app-1|CFServiceBinding space-1\/binding-1 → CFApp space-1\/app-1 → CFServiceBinding space-1\/binding-1)$/,
        ),
      }),
    );
  });

  it('are planned in the order of the number of objects: twenty thousand in a second', () => {
    const template = FOUNDATION.truth.filter(({ metadata }) => metadata.namespace === 'space-1');
    const items = Array.from({ length: 2_000 }, (_, number) =>
      template.map(object => waveItem(renumbered(object, number))),
    ).flat();
    const before = process.cpuUsage();
    const waves = planWaves(items);
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
    const steps = waves.flatMap(wave => [...wave.nodes]);
    expect(steps.filter(({ step }) => step === 'create')).toHaveLength(items.length);
  });
});

function renumbered(object: KubeObject, number: number): KubeObject {
  return JSON.parse(
    JSON.stringify(object).replaceAll(
      /(app|build|package|route|instance|binding|alice)-?1?"/g,
      `$1-${number}"`,
    ),
  );
}

describe('any part of a foundation', () => {
  const parts = fc.subarray(FOUNDATION.truth, { minLength: 1 });

  it('is ordered with every target on the right side of what names it', () => {
    fc.assert(
      fc.property(parts, objects => {
        const items = objects.map(waveItem);
        const waves = planWaves(items);
        const at = positions(waves.map(wave => [...wave.nodes]));
        expectTargetsInOrder(items, at);
      }),
    );
  });

  it('has all of a kind behind all of the kinds that its rules name', () => {
    fc.assert(
      fc.property(parts, objects => {
        const nodes = planWaves(objects.map(waveItem)).map(wave => [...wave.nodes]);
        for (const { kind, group, after = [] } of CATALOG) {
          const first = nodes.findIndex(wave =>
            wave.some(({ id }) => id.kind === kind && id.group === group),
          );
          for (const earlier of after) {
            const last = nodes.findLastIndex(wave =>
              wave.some(
                ({ id, step }) =>
                  id.kind === earlier.kind &&
                  id.group === earlier.group &&
                  step === (earlier.step ?? 'create'),
              ),
            );
            if (first >= 0) expect(last).toBeLessThan(first);
          }
        }
      }),
    );
  });
});

function positions(waves: readonly (readonly WaveNode[])[]): Map<string, number> {
  return new Map(
    waves.flatMap((nodes, wave) =>
      nodes.map(({ id, step }): [string, number] => [`${keyOf(id)} ${step}`, wave]),
    ),
  );
}
