import { expect } from 'vitest';
import { parseRepository } from '../../src/registry/reference.ts';
import type { SandboxRegistry } from '../../src/sandbox/registry/server.ts';
import { type Fault, faulty } from '../faults/registry.ts';
import { client, descriptorOf, inChunks, patterned, registry } from './setting.ts';

/** Bytes of a chunk, and of a blob of several. */
export const CHUNK = 200_000;
export const SIZE = 900_000;

/** Pushes a blob in chunks, of which as much is held, and hands back how that went. */
export async function pushed(server: SandboxRegistry, size = SIZE, chunkBytes = CHUNK, again = false) {
  const bytes = patterned(size);
  const { registries, retries } = client({ uploads: { chunk: chunkBytes, held: chunkBytes } });
  const pieces = () => inChunks(bytes, Math.ceil(chunkBytes * 0.15));
  const options = again ? { again: pieces } : {};
  await registries.pushBlob(parseRepository(`${server.host}/a`), descriptorOf(bytes), pieces(), options);
  expect(server.blob('a', descriptorOf(bytes).digest)).toEqual(bytes);
  const methods = server.requests.map(line => line.split(' ')[0]);
  return { retries, methods };
}

/** The same of a blob that can be read from any place; it says how often it was read from where. */
export async function pushedFromFile(server: SandboxRegistry, size = SIZE) {
  const bytes = patterned(size);
  const { registries, retries } = client({ uploads: { chunk: CHUNK, held: CHUNK } });
  const reads: string[] = [];
  const read = (from: number, to: number) => {
    reads.push(`${from}-${to}`);
    return inChunks(bytes.subarray(from, to), 30_000);
  };
  await registries.pushBlob(parseRepository(`${server.host}/a`), descriptorOf(bytes), { read });
  expect(server.blob('a', descriptorOf(bytes).digest)).toEqual(bytes);
  const methods = server.requests.map(line => line.split(' ')[0]);
  return { reads, retries, methods };
}

/** A registry to which these things happen. */
export const failing = (...faults: Fault[]) => registry({ intercept: faulty(...faults) });
