import { describe, expect, it } from 'vitest';
import { idOf, type KubeObject, type OwnerReference } from '../../src/base/object.ts';
import type { ApiResource } from '../../src/cluster/cluster.ts';
import { Names } from '../../src/foundation/names.ts';
import { Owners } from '../../src/restore/owners.ts';
import { kindOf, named } from '../foundation/fixtures.ts';

const resource = {} as ApiResource;
const secret = named('Secret space-1/app-1-env');
const app = named('CFApp space-1/app-1');
const [old] = secret.metadata.ownerReferences ?? [];

/** A target whose objects are these, and the owner references that are written there. */
function target(...there: KubeObject[]) {
  const names = new Names();
  for (const object of [secret, app]) names.numberOf(idOf(object));
  const written: OwnerReference[][] = [];
  const cluster = {
    get: async (_: ApiResource, _namespace: string, name: string) =>
      there.find(object => object.metadata.name === name),
    patch: async (_: ApiResource, _namespace: string, _name: string, { body }: { body: object }) =>
      void written.push((body as KubeObject).metadata.ownerReferences ?? []),
  };
  const owners = new Owners(cluster as never, names);
  const place = (object: KubeObject) =>
    owners.placed(resource, idOf(object), object, owners.archived(kindOf(object), object));
  return { owners, written, place };
}

function live(object: KubeObject, metadata: Partial<KubeObject['metadata']>): KubeObject {
  return { ...object, metadata: { ...object.metadata, ownerReferences: [], ...metadata } };
}

const newApp = live(app, { uid: 'new' });

describe('what an object is owned by', () => {
  it('is named with the new UID from the start where the owner is there', async () => {
    const { owners, place } = target();
    const asked = owners.archived(kindOf(secret), secret);
    expect(owners.inPlace(idOf(secret), asked)).toEqual([]);
    await place(newApp);
    expect(owners.inPlace(idOf(secret), asked)).toEqual([{ ...old, uid: 'new' }]);
  });

  it('is set later where the owner comes later, once', async () => {
    const made = live(secret, { uid: 'secret' });
    const { owners, written } = target(made);
    await owners.placed(resource, idOf(secret), made, owners.archived(kindOf(secret), secret));
    await owners.linkLate();
    expect(written).toEqual([]);
    await owners.placed(resource, idOf(app), newApp, []);
    await owners.linkLate();
    await owners.linkLate();
    expect(written).toEqual([[{ ...old, uid: 'new' }]]);
  });

  it('is set on what is there already, in the place of an owner that is gone and beside others', async () => {
    const foreign = { apiVersion: 'v1', kind: 'ConfigMap', name: 'theirs', uid: 'theirs' };
    const { owners, written, place } = target();
    await place(newApp);
    const there = live(secret, { ownerReferences: [...(secret.metadata.ownerReferences ?? []), foreign] });
    const asked = owners.archived(kindOf(secret), secret);
    expect(await owners.placed(resource, idOf(secret), there, asked)).toBe('completed');
    expect(written).toEqual([[foreign, { ...old, uid: 'new' }]]);
  });

  it('is not written again', async () => {
    const { owners, written, place } = target();
    await place(newApp);
    const there = live(secret, { ownerReferences: [{ ...(old as OwnerReference), uid: 'new' }] });
    const asked = owners.archived(kindOf(secret), secret);
    expect(await owners.placed(resource, idOf(secret), there, asked)).toBe('unchanged');
    expect(written).toEqual([]);
  });

  it('is left to the controllers that set it themselves', () => {
    const { owners } = target();
    const theirs = { ...(old as OwnerReference), kind: 'SecretImport' };
    const owned = live(secret, { ownerReferences: [theirs, old as OwnerReference] });
    expect(owners.archived(kindOf(secret), owned)).toEqual([old]);
  });
});
