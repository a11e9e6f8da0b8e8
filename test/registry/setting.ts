import { afterEach } from 'vitest';
import { digestOf } from '../../src/base/digest.ts';
import { createRegistries, type RegistryOptions } from '../../src/registry/client.ts';
import { ANONYMOUS } from '../../src/registry/credentials.ts';
import type { Descriptor } from '../../src/registry/descriptor.ts';
import type { Registries } from '../../src/registry/registry.ts';
import type { Retry } from '../../src/registry/retry.ts';
import {
  type SandboxRegistry,
  type SandboxRegistryOptions,
  startSandboxRegistry,
} from '../../src/sandbox/registry/server.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** Ends something after the test, whatever comes of it. */
export function afterwards(close: () => Promise<void>): void {
  open.push(close);
}

export async function registry(options?: SandboxRegistryOptions): Promise<SandboxRegistry> {
  const started = await startSandboxRegistry(options);
  open.push(() => started.stop());
  return started;
}

/** A client that hardly waits between attempts, and the retries it reported. */
export function client(options: Partial<RegistryOptions> = {}): { registries: Registries; retries: Retry[] } {
  const retries: Retry[] = [];
  const registries = createRegistries({
    credentials: ANONYMOUS,
    environment: {},
    ...options,
    retry: { firstDelayMs: 2, attempts: 4, onRetry: retry => retries.push(retry), ...options.retry },
  });
  open.push(() => registries.close());
  return { registries, retries };
}

export function descriptorOf(bytes: Buffer, mediaType = 'application/octet-stream'): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

/** A prime, so that no part of a blob looks like another that begins at a round number. */
const PATTERN = 1021;

/** Bytes that can be told from those of another seed, and from themselves at another offset. */
export function patterned(size: number, seed = 0): Buffer {
  const pattern = Buffer.from(
    Array.from({ length: PATTERN }, (_, at) => (at * 31 + (at >> 3) + seed * 13) & 0xff),
  );
  return size === 0 ? Buffer.alloc(0) : Buffer.alloc(size, pattern);
}

export async function* inChunks(bytes: Buffer, size = 65_536): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
