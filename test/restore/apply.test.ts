import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/base/errors.ts';
import { idOf, type JsonObject, type KubeObject } from '../../src/base/object.ts';
import { ApiFailure, type ApiResource } from '../../src/cluster/cluster.ts';
import { NO_CROSSING } from '../../src/foundation/conversions/conversions.ts';
import { ImageMap } from '../../src/foundation/image-map.ts';
import { Names } from '../../src/foundation/names.ts';
import { rulesFor } from '../../src/foundation/variants.ts';
import { planWaves, type WaveNode } from '../../src/foundation/waves.ts';
import { Applier, type ApplierParts } from '../../src/restore/apply.ts';
import { Owners } from '../../src/restore/owners.ts';
import { WaitTimeouts } from '../../src/restore/wait-timeouts.ts';
import { named, waveItem } from '../foundation/fixtures.ts';

interface Given {
  /** What is on the target. */
  readonly there?: KubeObject;
  /** From the how manieth look for a package on there is one. */
  readonly packageAfter?: number;
  /** What the first create answers; the object is made all the same when nobody hears of it. */
  readonly answer?: Failure;
  /** Leases of Korifi's that hold names. */
  readonly leases?: readonly KubeObject[];
  /** What else is on the target. */
  readonly beside?: readonly KubeObject[];
  /** An owner that was made before. */
  readonly owner?: KubeObject;
  /** Its namespace does not come. */
  readonly homeless?: Failure;
  readonly onExisting?: ApplierParts['onExisting'];
}

/** Applies a step of an object, and says which requests that took. */
async function apply(step: WaveNode['step'], object: KubeObject, given: Given = {}) {
  const asked: string[] = [];
  /** By UID, of what was made. */
  const owners: unknown[] = [];
  let { there } = given;
  let { answer } = given;
  let looks = 0;
  const cluster = {
    get: async ({ kind }: ApiResource, _namespace: string, name: string) => {
      asked.push(`get ${kind}`);
      if (kind === 'Package') return ++looks > (given.packageAfter ?? 0) ? object : undefined;
      const beside = given.beside?.find(other => other.kind === kind && other.metadata.name === name);
      return kind === object.kind ? there : beside;
    },
    async *list({ kind }: ApiResource) {
      asked.push(`list ${kind}`);
      yield given.leases ?? [];
    },
    create: async ({ kind }: ApiResource, made: KubeObject) => {
      asked.push(`create ${kind}`);
      owners.push(made.metadata.ownerReferences?.map(({ uid }) => uid));
      const refusal = answer;
      answer = undefined;
      const isLost = refusal?.code === 'not-connected';
      if (refusal === undefined || isLost) there = { ...made, metadata: { ...made.metadata, uid: 'new' } };
      if (refusal !== undefined) throw refusal;
      return there;
    },
    patch: async ({ kind }: ApiResource) => void asked.push(`patch ${kind}`),
    delete: async ({ kind }: ApiResource) => void asked.push(`delete ${kind}`),
  };
  const names = new Names();
  const linked = new Owners(cluster as never, names);
  for (const owner of given.owner ? [given.owner] : []) {
    names.numberOf(idOf(owner));
    await linked.placed({} as ApiResource, idOf(owner), owner, []);
  }
  const resource = ({ group, kind }: { group: string; kind: string }) => ({
    ...{ group, kind, version: 'v1alpha1', plural: `${kind.toLowerCase()}s`, namespaced: true },
  });
  const applier = new Applier({
    cluster,
    store: { get: async () => object },
    mapping: {
      images: new ImageMap([]),
      pullSecrets: new Map(),
      logins: new Map(),
      valuesSecrets: new Set(),
      serviceCredentials: new Set(),
      crossing: NO_CROSSING,
      domains: { rewrite: () => undefined },
      packageVersion: 'keep',
    },
    kinds: { served: async (kind: ApiResource) => resource(kind), find: resource },
    namespaces: {
      there: async () => {
        if (given.homeless !== undefined) throw given.homeless;
      },
    },
    owners: linked,
    presence: { lacks: async () => false },
    rootNamespace: 'cf',
    waitTimeouts: new WaitTimeouts(5000),
    report: () => undefined,
    onExisting: given.onExisting ?? 'skip',
  } as unknown as ApplierParts);
  const nodes = planWaves([waveItem(object)]).flatMap(wave => [...wave.nodes]);
  const node = nodes.find(one => one.step === step);
  if (node === undefined) throw new Error(`it has no step ${step}`);
  const { object: number, family, id, step: own, needs } = node;
  const rules = {
    object: number,
    family,
    id,
    step: own,
    needs,
    descriptor: rulesFor(node.descriptor, object),
  };
  const applied = await applier.apply(rules).catch((error: unknown) => error);
  return { applied, asked, owners };
}

const create = (object: KubeObject, given: Given = {}) => apply('create', object, given);
const app = named('CFApp space-1/app-1');
const lost = new Failure('not-connected', 'the connection broke');
const held = new ApiFailure(403, 'Forbidden', 'admission webhook denied: DuplicateNameError');

describe('the step that makes an object', () => {
  it('looks before it writes: Korifi takes a second create for a name that is taken', async () => {
    expect(await create(app)).toMatchObject({
      applied: { outcome: 'created' },
      asked: ['get CFApp', 'create CFApp'],
    });
    const { metadata, ...others } = app;
    const there = { ...others, metadata: { ...metadata, uid: 'old' } };
    expect(await create(app, { there })).toMatchObject({
      applied: { outcome: 'unchanged' },
      asked: ['get CFApp'],
    });
  });

  it('makes a PackageInstall when its package can be seen, and no sooner', async () => {
    const { asked } = await create(named('PackageInstall install/adapter'), { packageAfter: 2 });
    const looks = ['get Package', 'get Package', 'get Package'];
    expect(asked).toEqual(['get PackageInstall', ...looks, 'create PackageInstall']);
  });

  it('takes what a create made whose answer was lost for its own', async () => {
    expect(await create(app, { answer: lost })).toMatchObject({ applied: { outcome: 'created' } });
  });

  it('lets go of a name that a create which broke off holds for this very object', async () => {
    const lease: KubeObject = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        name: 'n-1',
        namespace: 'space-1',
        uid: 'lease',
        annotations: {
          'coordination.cloudfoundry.org/entity-type': 'app',
          'coordination.cloudfoundry.org/owner-name': 'app-1',
          'coordination.cloudfoundry.org/owner-namespace': 'space-1',
        },
      },
    };
    const { applied, asked } = await create(app, { answer: held, leases: [lease] });
    expect(applied).toMatchObject({ outcome: 'created' });
    expect(asked.filter(line => line.startsWith('delete'))).toEqual(['delete Lease']);
    expect((await create(app, { answer: held })).applied).toBe(held);
  });

  it('makes nothing of what is being deleted', async () => {
    const there = { ...app, metadata: { ...app.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
    const { applied, asked } = await create(app, { there });
    expect(applied).toMatchObject({ code: 'api-error', message: 'the target has it, but is deleting it' });
    expect(asked).toEqual(['get CFApp']);
  });

  it('leaves, changes or refuses what differs, as it was told', async () => {
    const there = { ...app, spec: { ...app.spec, displayName: 'other' } };
    const how = async (onExisting: ApplierParts['onExisting']) => create(app, { there, onExisting });
    expect(await how('skip')).toMatchObject({ applied: { outcome: 'differs' }, asked: ['get CFApp'] });
    expect(await how('update')).toMatchObject({
      applied: { outcome: 'updated' },
      asked: ['get CFApp', 'patch CFApp'],
    });
    expect(await how('fail')).toMatchObject({ applied: { code: 'refused' }, asked: ['get CFApp'] });
  });

  it('makes nothing before the namespace is there, nor looks for it', async () => {
    const homeless = new Failure('timeout', 'its namespace is not there');
    expect(await create(app, { homeless })).toMatchObject({ applied: homeless, asked: [] });
  });

  it('makes what has an owner with the new UID, and gives it to what is there without', async () => {
    const secret = named('Secret space-1/app-1-env');
    const owner = { ...app, metadata: { ...app.metadata, uid: 'new' } };
    expect(await create(secret, { owner })).toMatchObject({
      ...{ applied: { outcome: 'created' }, owners: [['new']] },
      asked: ['get Secret', 'create Secret'],
    });
    const { ownerReferences: _, ...metadata } = secret.metadata;
    expect(await create(secret, { owner, there: { ...secret, metadata } })).toMatchObject({
      applied: { outcome: 'completed' },
      asked: ['get Secret', 'patch Secret'],
    });
  });
});

describe('the step that starts an app', () => {
  it.each([
    ['starts what was made stopped', 'STOPPED', 'started', ['get CFApp', 'patch CFApp']],
    ['leaves alone what somebody has started since', 'STARTED', 'unchanged', ['get CFApp']],
  ])('%s', async (_, desiredState, outcome, asked) => {
    const there = { ...app, spec: { ...app.spec, desiredState } };
    expect(await apply('start', app, { there })).toMatchObject({ applied: { outcome }, asked });
  });
});

describe('a managed service', () => {
  const plan = (type: string) => korifi('CFServicePlan', 'cf', 'plan', { visibility: { type } });
  const instance = korifi('CFServiceInstance', 'space-1', 'db', { type: 'managed', planGuid: 'plan' });
  const binding = korifi('CFServiceBinding', 'space-1', 'binding', {
    service: { kind: 'CFServiceInstance', name: 'db' },
    appRef: { name: 'app-1' },
  });
  binding.metadata.annotations = { 'korifi.cloudfoundry.org/service-instance-type': 'managed' };

  it.each([
    ['a plan that people can see, or it is provided again', instance, plan('public'), plan('admin')],
    ['its instance, or it is bound with another password', binding, instance, undefined],
  ])('is not made beside %s', async (_, object, harmful, harmless) => {
    const { applied, asked } = await create(object, { beside: [harmful] });
    expect(applied).toMatchObject({ code: 'refused' });
    expect(asked.filter(line => line.startsWith('create'))).toEqual([]);
    expect(await create(object, { beside: harmless ? [harmless] : [] })).toMatchObject({
      applied: { outcome: 'created' },
    });
  });
});

function korifi(kind: string, namespace: string, name: string, spec: JsonObject): KubeObject {
  return { apiVersion: 'korifi.cloudfoundry.org/v1alpha1', kind, metadata: { namespace, name }, spec };
}
