import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/base/errors.ts';
import { DRIFT_NAMED, LISTS_WATCHED } from '../../src/base/limits.ts';
import type { KubeObject } from '../../src/base/object.ts';
import { ApiFailure, type ApiResource } from '../../src/cluster/cluster.ts';
import { Drift } from '../../src/export/drift.ts';
import type { KindDescriptor } from '../../src/foundation/descriptor.ts';

const kind = (name: string) => ({ group: '', kind: name }) as KindDescriptor;
const config = (name: string): KubeObject => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap' },
  metadata: { namespace: 'one', name },
});

interface Given {
  readonly kinds?: readonly string[];
  /** The revision of every list. */
  readonly revision?: string;
  readonly keeps?: (object: KubeObject) => boolean;
}

/** What is found where each kind's changes are told so. */
async function find(changes: (kind: string) => Iterable<KubeObject>, given: Given = {}) {
  const asked: string[] = [];
  const unknown: string[] = [];
  const drift = new Drift();
  for (const name of given.kinds ?? ['ConfigMap'])
    drift.note(kind(name), { kind: name } as ApiResource, given.revision ?? '7');
  const cluster = {
    async *changes({ kind: name }: ApiResource, revision: string) {
      asked.push(`${name} since ${revision}`);
      yield* changes(name);
    },
  };
  const { keeps = () => true } = given;
  const found = await drift.find(
    cluster as never,
    (_, object) => keeps(object),
    name => unknown.push(name),
  );
  return { found, asked, unknown };
}

function failing(error: Failure): never {
  throw error;
}

describe('what changed since it was listed', () => {
  it('is asked of each list by its revision, and told once and in order', async () => {
    const { found, asked } = await find(() => ['b', 'a', 'b'].map(config));
    expect([found, asked]).toEqual([['ConfigMap one/a', 'ConfigMap one/b'], ['ConfigMap since 7']]);
  });

  it('is what the backup would have, and nothing else', async () => {
    const keeps = ({ metadata }: KubeObject) => metadata.name !== 'a';
    expect((await find(() => ['b', 'a'].map(config), { keeps })).found).toEqual(['ConfigMap one/b']);
  });

  it('is not asked of a list that has no revision', async () => {
    expect((await find(() => [config('a')], { revision: '' })).asked).toEqual([]);
  });

  it('is named up to a bound', async () => {
    const many = Array.from({ length: DRIFT_NAMED + 3 }, (_, number) => config(`c-${number}`));
    expect((await find(() => many)).found).toHaveLength(DRIFT_NAMED);
  });

  it('is unknown of a kind of which the server does not remember all, and known of the others', async () => {
    const expired = new ApiFailure(410, 'Expired', 'too old resource version');
    const changes = (name: string) => (name === 'Secret' ? failing(expired) : [config('a')]);
    const { found, unknown } = await find(changes, { kinds: ['Secret', 'ConfigMap'] });
    expect([found, unknown]).toEqual([['ConfigMap one/a'], ['Secret']]);
  });

  it('is unknown where no watch comes through, which is found out once and not kind by kind', async () => {
    const kinds = Array.from({ length: LISTS_WATCHED + 9 }, (_, number) => `Kind${number}`);
    const { asked, unknown } = await find(() => failing(new Failure('timeout', 'nothing came')), { kinds });
    expect([asked.length, unknown.length]).toEqual([LISTS_WATCHED, kinds.length]);
  });
});
