import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { View } from '../../src/sandbox/compare/view.ts';
import { compareFoundations } from '../../src/sandbox/compare.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';
import { throughKubectl } from '../support/kubectl-plugin.ts';
import type { RealFoundation } from '../support/real-foundation.ts';
import { APPS, type RealStage, startRealStage } from '../support/real-stage.ts';
import { dropletsOf, snapshot, type Version } from '../support/real-view.ts';
import { naive } from './naive.ts';
import { parts } from './parts.ts';
import { readers } from './readers.ts';
import { rights } from './rights.ts';

/** The garbage collector notices a new kind within 30 s; by then it has judged everything. */
const COLLECTOR_MS = 35_000;

let stage: RealStage;
beforeAll(async () => {
  stage = await startRealStage();
});
afterAll(() => stage?.stop());

/** Everything on the target after the restore, and when that was. */
let restored: Map<string, Version>;
let restoredAt: number;

async function restore(...flags: string[]) {
  const { code, stdout, stderr } = await stage.restore(flags);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

describe('a foundation on real servers', () => {
  it('is exported by kubectl asa-backup, with the registry logins that it holds itself', async () => {
    const { source, archive, recipient } = stage;
    const args = ['export', archive, '--kubeconfig', source.testbed.kubeconfig, '--recipient', recipient];
    const { code, stdout, stderr } = await throughKubectl(source.testbed, [...args, '-o', 'json']);
    expect(code, stderr).toBe(0);
    const { losses, secrets, objects } = JSON.parse(stdout);
    expect({ losses, secrets, apps: objects.CFApp }).toEqual({ losses: [], secrets: 'age', apps: APPS });
  });
});

rights(() => stage);

describe('its restore to servers that have nothing but Carvel and kpack', () => {
  it('is planned without a write', async () => {
    const before = await snapshot(stage.target.cluster);
    expect((await restore('--dry-run')).dryRun).toBe(true);
    expect(await snapshot(stage.target.cluster)).toEqual(before);
  });

  it('is complete', async () => {
    const { losses, differs, objects } = await restore('--yes');
    expect({ losses, differs, apps: objects.CFApp.created }).toEqual({ losses: [], differs: [], apps: APPS });
    await stage.target.settle();
    restoredAt = Date.now();
    restored = await snapshot(stage.target.cluster);
  });

  it('is the same to users, and sound', async () => {
    const { differences, problems, same } = await compareFoundations(stage.source, stage.target);
    expect({ differences, problems }).toEqual({ differences: [], problems: [] });
    expect(same.get('app')).toBe(APPS);
  });

  it('stages nothing and runs no task, as the API server itself recorded', async () => {
    const made = (await stage.target.audit.writes()).filter(({ verb }) => verb === 'create');
    const forbidden = ['buildworkloads', 'images', 'builds', 'taskworkloads', 'jobs'];
    expect(made.filter(({ resource }) => forbidden.includes(resource))).toEqual([]);
    expect(made.filter(({ resource }) => resource === 'cfapps')).toHaveLength(APPS);
  });

  it('has every droplet in its registry, under the digest that it had', async () => {
    const { source, target } = stage;
    const before = dropletsOf(await View.of(source.cluster), source.registry.host);
    const after = dropletsOf(await View.of(target.cluster), target.registry.host);
    expect(after).toEqual(before);
    expect(after.size).toBeGreaterThan(APPS);
    for (const droplet of after) {
      expect(await target.images.has(`${target.registry.host}/${droplet}`)).toBe(true);
    }
  });

  it('holds one name for each object that has one', async () => {
    const names = async ({ cluster }: RealFoundation) =>
      (await View.of(cluster))
        .all(KINDS.Lease)
        .filter(({ metadata }) => metadata.name.startsWith('n-'))
        .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
        .sort();
    expect(await names(stage.target)).toEqual(await names(stage.source));
  });

  it('changes nothing when it is done again', async () => {
    const { objects, images } = await restore('--yes');
    const outcomes = Object.values<object>(objects).flatMap(counts => Object.keys(counts));
    expect({ outcomes: [...new Set(outcomes)], moved: images.moved }).toEqual({
      outcomes: ['unchanged'],
      moved: 0,
    });
    expect(await snapshot(stage.target.cluster)).toEqual(restored);
  });
});

readers(() => stage);

describe('a while after its restore', () => {
  it('loses nothing to the garbage collector', async () => {
    await sleep(Math.max(0, restoredAt + COLLECTOR_MS - Date.now()));
    const uids = (objects: typeof restored) => new Map([...objects].map(([key, { uid }]) => [key, uid]));
    expect(uids(await snapshot(stage.target.cluster))).toEqual(uids(restored));
    const deletes = (await stage.target.audit.writes()).filter(({ verb }) => verb !== 'create');
    expect(deletes.filter(({ userAgent }) => userAgent.includes('garbage-collector'))).toEqual([]);
  });

  it('reports what is there and differs, and leaves it alone', async () => {
    const { cluster } = stage.target;
    const [process] = (await View.of(cluster)).all(KINDS.CFProcess);
    const { namespace = '', name = '' } = process?.metadata ?? {};
    const scale = (desiredInstances: number) =>
      cluster.patch(KINDS.CFProcess, namespace, name, {
        type: 'merge',
        body: { spec: { desiredInstances } },
      });
    const { generation } = (await scale(9)).metadata;
    const { differs } = await restore('--yes');
    expect(differs).toEqual([
      {
        subject: `CFProcess ${namespace}/${name}`,
        paths: ['spec.desiredInstances'],
        fields: [{ path: 'spec.desiredInstances', archive: process?.spec.desiredInstances, cluster: 9 }],
      },
    ]);
    expect((await cluster.get(KINDS.CFProcess, namespace, name))?.metadata.generation).toBe(generation);
    await scale(process?.spec.desiredInstances);
  });
});

parts(() => stage);

naive(() => stage);
