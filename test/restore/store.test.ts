import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Contents } from '../../src/archive/head.ts';
import { ResourceChunker } from '../../src/archive/resources.ts';
import { mapLimit } from '../../src/base/concurrency.ts';
import type { Digest } from '../../src/base/digest.ts';
import { APPLY_IN_FLIGHT, INFLATED_BLOBS_BYTES } from '../../src/base/limits.ts';
import { idOf, type KubeObject } from '../../src/base/object.ts';
import { ObjectStore } from '../../src/restore/store.ts';

const OBJECT_BYTES = 256 * 1024;

/** More than a store holds inflated at a time. */
async function archive(): Promise<{ contents: Contents; objects: KubeObject[] }> {
  const blobs = new Map<Digest, Buffer>();
  const type = { group: 'korifi.cloudfoundry.org', kind: 'CFApp', version: 'v1alpha1' };
  const chunker = new ResourceChunker(type, (digest, bytes) => void blobs.set(digest, bytes));
  const objects = Array.from(
    { length: (2 * INFLATED_BLOBS_BYTES) / OBJECT_BYTES },
    (_, number): KubeObject => {
      const metadata = { name: `app-${number}`, namespace: 'space' };
      const spec = {
        filling: randomBytes(64)
          .toString('hex')
          .repeat(OBJECT_BYTES / 128),
      };
      return { apiVersion: 'korifi.cloudfoundry.org/v1alpha1', kind: 'CFApp', metadata, spec };
    },
  );
  for (const object of objects) chunker.add(object);
  const plan = { resources: await chunker.finish() };
  return { contents: { plan, blobs } as unknown as Contents, objects };
}

describe('the objects of an archive', () => {
  it('are those of the archive, however many blobs are wanted at a time', async () => {
    const { contents, objects } = await archive();
    const store = new ObjectStore(contents, undefined);
    await Array.fromAsync(store.all(), ({ object }) => idOf(object));
    // Neighbours in the archive are far from each other here.
    const apart = objects.map((_, at) => objects[(at * 37) % objects.length] as KubeObject);
    const got = await mapLimit([...apart, ...apart], APPLY_IN_FLIGHT, object => store.get(idOf(object)));
    expect(got).toEqual([...apart, ...apart]);
  });
});
