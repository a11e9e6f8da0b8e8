import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ResourceBlob } from '../../src/archive/plan.ts';
import { ResourceChunker, readObjects } from '../../src/archive/resources.ts';
import { type Digest, digestOf } from '../../src/base/digest.ts';
import { RESOURCE_BLOB_JSON } from '../../src/base/limits.ts';
import type { KubeObject } from '../../src/base/object.ts';
import { APPS, app, type PackedBlob, packed, SECRETS, sampleBackup, secret } from './fixtures.ts';

const { plan } = await sampleBackup();

async function objectsOf(...blobs: PackedBlob[]): Promise<KubeObject[]> {
  const objects: KubeObject[] = [];
  for (const { blob, bytes } of blobs) {
    const contents = { plan, blobs: new Map([[blob.digest, bytes]]) };
    for await (const object of readObjects(contents, blob)) objects.push(object);
  }
  return objects;
}

/** A blob with these bytes that claims to hold one CFApp. */
function claimed(bytes: Buffer, claims: Partial<ResourceBlob> = {}): PackedBlob {
  const blob = {
    digest: digestOf(bytes),
    size: bytes.length,
    mediaType: 'application/vnd.asa-backup.resources.v1.jsonl+zstd',
    title: 'resources/CFApp.korifi.cloudfoundry.org-000.jsonl.zst',
    ...APPS,
    objects: 1,
    ...claims,
  };
  return { blob, bytes };
}

describe('resources', () => {
  it('come back with every field and in their order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ spec: fc.jsonValue(), status: fc.jsonValue() })),
        async fields => {
          const objects = fields.map((more, at) => app(`app-${at}`, more));
          expect(await objectsOf(...(await packed(APPS, objects)))).toEqual(
            JSON.parse(JSON.stringify(objects)),
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  it('are cut into blobs of a bounded size', async () => {
    const objects = Array.from({ length: 30 }, (_, at) =>
      app(`app-${at}`, { spec: { env: 'x'.repeat(100_000) } }),
    );
    const blobs = await packed(APPS, objects);
    const sizes = blobs.map(({ bytes }) => zstdDecompressSync(bytes).length);
    expect(blobs.length).toBe(3);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(RESOURCE_BLOB_JSON);
    // Of what compresses well no more is held than that.
    for (const { bytes } of blobs) expect(bytes.buffer.byteLength).toBeLessThan(128 * 1024);
    expect(blobs.map(({ blob }) => blob.title)).toEqual([
      'resources/CFApp.korifi.cloudfoundry.org-000.jsonl.zst',
      'resources/CFApp.korifi.cloudfoundry.org-001.jsonl.zst',
      'resources/CFApp.korifi.cloudfoundry.org-002.jsonl.zst',
    ]);
    expect(await objectsOf(...blobs)).toEqual(objects);
  });

  it('of the core group are named by their kind alone', async () => {
    const [one] = await packed(SECRETS, [secret('login', 'value')]);
    expect(one?.blob.title).toBe('resources/Secret-000.jsonl.zst');
  });

  it('of a list that started anew are those of the new list', async () => {
    const blobs = new Map<Digest, Buffer>();
    const chunker = new ResourceChunker(APPS, (digest, bytes) => void blobs.set(digest, bytes));
    chunker.add(app('gone', { spec: 'x'.repeat(RESOURCE_BLOB_JSON) }));
    chunker.add(app('gone too'));
    chunker.discard();
    chunker.add(app('here'));
    const [blob, ...others] = await chunker.finish();
    expect(others).toEqual([]);
    const bytes = blob && blobs.get(blob.digest);
    expect(blob && bytes && (await objectsOf({ blob, bytes }))).toEqual([app('here')]);
  });

  it('that are none make no blob', async () => {
    expect(await packed(APPS, [])).toEqual([]);
  });
});

describe('a resource blob that is not what it claims', () => {
  const lines = (...objects: unknown[]) =>
    zstdCompressSync(objects.map(object => `${JSON.stringify(object)}\n`).join(''));

  it.each<[string, PackedBlob]>([
    ['inflates to more than 16777216 bytes', claimed(zstdCompressSync(Buffer.alloc(200 * 2 ** 20)))],
    ['is no zstd', claimed(Buffer.from('plain'))],
    ['line 1: it is not JSON', claimed(zstdCompressSync('{"kind":\n'))],
    ['its last line does not end', claimed(zstdCompressSync(JSON.stringify(app('a'))))],
    ['has 2 objects, and the plan says 1', claimed(lines(app('a'), app('b')))],
    ['has 0 objects, and the plan says 1', claimed(zstdCompressSync(''))],
    ['line 1 is no object with a name', claimed(lines([]))],
    ['line 1 is no object with a name', claimed(lines({ apiVersion: 'v1', kind: 'Secret', metadata: {} }))],
    ['line 1 is not of the kind that the plan says', claimed(lines(secret('a', 'b')))],
    [
      'line 1 is not of the kind that the plan says',
      claimed(lines({ ...app('a'), apiVersion: 'example.com/v1' })),
    ],
  ])('is damaged: it %s', async (message, blob) => {
    await expect(objectsOf(blob)).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringContaining(message),
      subject: expect.stringContaining(blob.blob.title),
    });
  });
});
