import { describe, expect, it } from 'vitest';
import { idOf, type JsonObject, type KubeObject } from '../../../src/base/object.ts';
import { ApiFailure, type ApiResource } from '../../../src/cluster/cluster.ts';
import { rulesFor } from '../../../src/foundation/variants.ts';
import type { Remaining } from '../../../src/restore/undo/survey.ts';
import { undo } from '../../../src/restore/undo/undo.ts';
import { WaitTimeouts } from '../../../src/restore/wait-timeouts.ts';
import { kindOf } from '../../foundation/fixtures.ts';

function korifi(kind: string, name: string, spec: JsonObject = {}): KubeObject {
  const metadata = { namespace: 'space', name, uid: `uid of ${name}` };
  return { apiVersion: 'korifi.cloudfoundry.org/v1alpha1', kind, metadata, spec };
}

const PACKAGE = korifi('CFPackage', 'package');
const INSTANCE = korifi('CFServiceInstance', 'db', { type: 'managed' });
const APP = korifi('CFApp', 'app');

/** A lease of Korifi's that holds the name of an app. */
const lease = (of: string): KubeObject => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: {
    ...{ namespace: 'space', name: `n-${of}`, uid: `lease of ${of}` },
    annotations: {
      'coordination.cloudfoundry.org/entity-type': 'app',
      'coordination.cloudfoundry.org/owner-name': of,
      'coordination.cloudfoundry.org/owner-namespace': 'space',
    },
  },
});

interface Given {
  readonly leases?: readonly KubeObject[];
  /** Objects of these names have been made anew by somebody else. */
  readonly anew?: readonly string[];
}

/** Takes these objects back, and says what is asked of the cluster for that. */
async function takeBack(objects: readonly KubeObject[], { leases = [], anew = [] }: Given = {}) {
  const asked: unknown[] = [];
  const check = (name: string, uid: string | undefined) => {
    if (anew.includes(name) && uid !== undefined) throw new ApiFailure(409, 'Conflict', 'another UID');
  };
  const cluster = {
    get: async () => undefined,
    async *list({ kind }: ApiResource) {
      yield kind === 'Lease' ? leases : [];
    },
    patch: async (_: ApiResource, _in: string, name: string, { body }: { body: KubeObject }) => {
      asked.push(['patch', name, body.metadata]);
      check(name, body.metadata.uid);
    },
    delete: async (
      { kind }: ApiResource,
      _in: string,
      name: string,
      { only }: { only?: { uid: string } },
    ) => {
      asked.push(['delete', kind === 'Lease' ? 'lease' : name, only?.uid]);
      check(name, only?.uid);
      return true;
    },
  };
  const group = objects.map((object): Remaining => {
    const descriptor = rulesFor(kindOf(object), object);
    const resource = { kind: object.kind } as ApiResource;
    return { id: idOf(object), uid: object.metadata.uid ?? '', descriptor, resource, references: [] };
  });
  const { removed, losses } = await undo(
    { context: 'here', plan: { groups: [group], kept: [] }, absent: [], gone: 0 },
    { cluster: cluster as never, report: () => undefined, waitTimeouts: new WaitTimeouts(1000) },
  );
  return { asked, removed, losses: losses.map(({ subject }) => subject) };
}

describe('what an undo asks for', () => {
  it('is the end of each object by its UID', async () => {
    expect(await takeBack([APP])).toEqual({
      asked: [['delete', 'app', 'uid of app']],
      ...{ removed: { CFApp: 1 }, losses: [] },
    });
  });

  it('is before that what keeps Korifi from deleting images, and brokers from deleting services', async () => {
    const { asked } = await takeBack([PACKAGE, INSTANCE]);
    const annotations = { 'korifi.cloudfoundry.org/deprovision-without-broker': 'true' };
    expect(asked).toEqual([
      ['patch', 'package', { uid: 'uid of package', finalizers: [] }],
      ['patch', 'db', { uid: 'uid of db', annotations }],
      ['delete', 'package', 'uid of package'],
      ['delete', 'db', 'uid of db'],
    ]);
  });

  it('touches nothing that somebody else has made anew', async () => {
    expect(await takeBack([PACKAGE], { anew: ['package'] })).toMatchObject({
      ...{ removed: {}, losses: ['CFPackage space/package'] },
    });
  });

  it('is in the end the names that Korifi does not let go of, and no others', async () => {
    const { asked } = await takeBack([APP], { leases: [lease('app'), lease('another')] });
    expect(asked).toEqual([
      ['delete', 'app', 'uid of app'],
      ['delete', 'lease', 'lease of app'],
    ]);
  });
});
