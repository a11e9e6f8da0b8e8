import { describe, expect, it } from 'vitest';
import { AHEAD_BLOB_BYTES, AHEAD_BYTES } from '../../src/base/limits.ts';
import { parseRepository } from '../../src/registry/reference.ts';
import type { Registries } from '../../src/registry/registry.ts';
import type { SandboxRegistry } from '../../src/sandbox/registry/server.ts';
import { faulty } from '../faults/registry.ts';
import { client, descriptorOf, patterned, registry } from './setting.ts';

const at = (server: SandboxRegistry, path = 'a') => parseRepository(`${server.host}/${path}`);
const asked = ({ requests }: SandboxRegistry) => requests.map(line => line.split(' ')[0]);

/** Reads blobs as an export does. */
async function read(registries: Registries, server: SandboxRegistry, blobs: Buffer[]): Promise<Buffer[]> {
  const into = blobs.map(() => Buffer.alloc(0));
  const wanted = blobs.map(bytes => ({ descriptor: descriptorOf(bytes), repositories: [at(server)] }));
  for await (const { index, chunk } of registries.blobs(wanted)) {
    into[index] = Buffer.concat([into[index] as Buffer, chunk]);
  }
  return into;
}

describe('whether a blob is there', () => {
  it('is answered by a small one itself, which is then asked for no more', async () => {
    const server = await registry();
    const blobs = [1, 2, 3].map(seed => patterned(40_000, seed));
    for (const bytes of blobs) server.pushBlob('a', bytes);
    const { registries } = client();
    for (const bytes of blobs) expect(await registries.findBlob(at(server), descriptorOf(bytes))).toBe(true);
    expect(asked(server)).toEqual(['GET', 'GET', 'GET']);
    expect(await read(registries, server, blobs)).toEqual(blobs);
    expect(asked(server)).toHaveLength(3);
  });

  it.each([
    { what: 'a large one', size: AHEAD_BLOB_BYTES + 1, requests: ['HEAD'] },
    { what: 'one that is empty', size: 0, requests: ['GET'] },
  ])('is asked of $what', async ({ size, requests }) => {
    const server = await registry();
    const bytes = patterned(size);
    server.pushBlob('a', bytes);
    const { registries } = client();
    expect(await registries.findBlob(at(server), descriptorOf(bytes))).toBe(true);
    expect(asked(server)).toEqual(requests);
    expect(await read(registries, server, [bytes])).toEqual([bytes]);
  });

  it('is only asked when there is no more room, and of another repository', async () => {
    const server = await registry();
    const full = AHEAD_BYTES / AHEAD_BLOB_BYTES;
    const blobs = Array.from({ length: full + 1 }, (_, seed) => Buffer.alloc(AHEAD_BLOB_BYTES, `${seed} `));
    for (const bytes of blobs) for (const path of ['a', 'b']) server.pushBlob(path, bytes);
    const { registries } = client();
    for (const bytes of blobs) await registries.findBlob(at(server), descriptorOf(bytes));
    expect(asked(server)).toEqual([...Array.from({ length: full }, () => 'GET'), 'HEAD']);
    const [first] = blobs as [Buffer];
    await registries.findBlob(at(server, 'b'), descriptorOf(first));
    expect(asked(server).at(-1)).toBe('HEAD');
    expect(await read(registries, server, blobs)).toEqual(blobs);
    // What has passed made room again.
    await registries.findBlob(at(server), descriptorOf(first));
    expect(asked(server).at(-1)).toBe('GET');
  });

  it('is no when it is not, and asks for it anew later', async () => {
    const server = await registry();
    const bytes = patterned(1000);
    const { registries } = client();
    expect(await registries.findBlob(at(server), descriptorOf(bytes))).toBe(false);
    server.pushBlob('a', bytes);
    expect(await registries.findBlob(at(server), descriptorOf(bytes))).toBe(true);
    expect(await read(registries, server, [bytes])).toEqual([bytes]);
  });

  it('cannot be said of one that is longer than its descriptor says', async () => {
    const server = await registry();
    const bytes = patterned(1000);
    server.pushBlob('a', bytes);
    const { registries } = client();
    const lie = { ...descriptorOf(bytes), size: 999 };
    await expect(registries.findBlob(at(server), lie)).rejects.toMatchObject({ code: 'content-mismatch' });
  });

  it('does not make wrong bytes right: they are refused when their turn comes', async () => {
    const server = await registry({ intercept: faulty({ kind: 'wrong-bytes' }) });
    const bytes = patterned(1000);
    server.pushBlob('a', bytes);
    const { registries } = client();
    expect(await registries.findBlob(at(server), descriptorOf(bytes))).toBe(true);
    await expect(read(registries, server, [bytes])).rejects.toMatchObject({ code: 'content-mismatch' });
  });
});
