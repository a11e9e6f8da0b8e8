import { describe, expect, it } from 'vitest';
import { type KubeObject, showId } from '../../../src/base/object.ts';
import type { ApiResource } from '../../../src/cluster/cluster.ts';
import type { Journal } from '../../../src/restore/journal/journal.ts';
import { surveyMade } from '../../../src/restore/undo/survey.ts';

const [BEFORE, FIRST, AFTER] = ['00', '01', '02'].map(second => `2026-01-01T00:00:${second}Z`);

function made(apiVersion: string, kind: string, name: string, creationTimestamp?: string): KubeObject {
  const metadata = { namespace: 'space', name, uid: name, ...(creationTimestamp && { creationTimestamp }) };
  return { apiVersion, kind, metadata };
}

/** Who came after a restore whose one object, `ours`, was made at FIRST. */
async function newcomers(there: readonly KubeObject[]): Promise<string[]> {
  const cluster = {
    async *list({ kind }: ApiResource) {
      yield there.filter(object => object.kind === kind);
    },
  };
  const journal = { made: () => [{ uid: 'ours', createdAt: FIRST }] } as unknown as Journal;
  const surface = { find: (group: string, kind: string) => ({ group, kind, version: 'v1' }) };
  const survey = await surveyMade(journal, cluster as never, surface as never);
  expect(survey.remaining.map(({ id }) => id.name)).toEqual(['ours']);
  return survey.newcomers.map(({ id }) => showId(id)).sort();
}

describe('who came after a restore', () => {
  const korifi = 'korifi.cloudfoundry.org/v1alpha1';

  it('came later by the clock of the cluster, or within the second in which it began', async () => {
    const there = [
      made(korifi, 'CFApp', 'ours', FIRST),
      ...[BEFORE, FIRST, AFTER].flatMap((at, index) => [
        made(korifi, 'CFApp', `app-${index}`, at),
        made('apps/v1', 'Deployment', `deployment-${index}`, at),
      ]),
    ];
    expect(await newcomers(there)).toEqual([
      ...['CFApp space/app-1', 'CFApp space/app-2'],
      ...['Deployment space/deployment-1', 'Deployment space/deployment-2'],
    ]);
  });

  it('is no controller: what that made has an owner or its label', async () => {
    const owner = { apiVersion: korifi, kind: 'CFApp', name: 'ours', uid: 'ours' };
    const pod = made('v1', 'Pod', 'pod', AFTER);
    const workload = made('apps/v1', 'StatefulSet', 'workload', AFTER);
    const there = [
      made(korifi, 'CFApp', 'ours', FIRST),
      { ...pod, metadata: { ...pod.metadata, ownerReferences: [owner] } },
      {
        ...workload,
        metadata: { ...workload.metadata, labels: { 'korifi.cloudfoundry.org/app-guid': 'ours' } },
      },
    ];
    expect(await newcomers(there)).toEqual([]);
  });
});
