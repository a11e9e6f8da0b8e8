import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/base/digest.ts';
import { IMAGE_HEAD_BYTES } from '../../src/base/limits.ts';
import { MEDIA } from '../../src/registry/descriptor.ts';
import { createResolver } from '../../src/registry/image.ts';
import { parseReference, parseRepository, type Repository } from '../../src/registry/reference.ts';
import { presentable } from '../../src/registry/refusal.ts';
import type { BlobSource } from '../../src/registry/registry.ts';
import type { SandboxRegistry } from '../../src/sandbox/registry/server.ts';
import { faulty } from '../faults/registry.ts';
import { client, descriptorOf, patterned, registry } from './setting.ts';
import { failing, pushed, pushedFromFile } from './uploading.ts';

const at = (server: SandboxRegistry): Repository => parseRepository(`${server.host}/a`);

/** A registry that has any manifests, whatever is in them; the last one is `v1`. */
async function holding(manifests: readonly Buffer[], blobs: readonly Buffer[] = []) {
  const byName = new Map<string, Buffer>(manifests.map(bytes => [digestOf(bytes), bytes]));
  byName.set('v1', manifests.at(-1) as Buffer);
  const server = await registry({
    intercept: (request, response) => {
      const bytes = byName.get(/\/manifests\/(.*)/.exec(request.url ?? '')?.[1] ?? '');
      if (bytes !== undefined) response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
      return bytes !== undefined;
    },
  });
  for (const blob of blobs) server.pushBlob('a', blob);
  return server;
}

const indexOf = (manifests: readonly object[], more: object = {}) =>
  Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests, ...more }));
const resolve = (server: SandboxRegistry) =>
  createResolver(client().registries)(parseReference(`${server.host}/a:v1`));

describe('an image that somebody made to do harm', () => {
  it('may name one index many times over, in each of many, and is looked through once', async () => {
    const indexes = [indexOf([])];
    for (let level = 0; level < 15; level++) {
      const below = descriptorOf(indexes.at(-1) as Buffer, MEDIA.ociIndex);
      indexes.push(indexOf(Array.from({ length: 1000 }, () => below)));
    }
    const server = await holding(indexes);
    expect((await resolve(server)).manifests).toHaveLength(16);
  });

  it('may not fill the memory with manifests', async () => {
    const large = Array.from({ length: 80 }, (_, number) =>
      indexOf([], { number, filling: 'x'.repeat(1_000_000) }),
    );
    const server = await holding([
      ...large,
      indexOf(large.map(bytes => descriptorOf(bytes, MEDIA.ociIndex))),
    ]);
    await expect(resolve(server)).rejects.toMatchObject({
      code: 'registry-error',
      message: `its manifests and configs have more than ${IMAGE_HEAD_BYTES} bytes`,
    });
    // Those that were asked for side by side, and not all.
    expect(server.requests.length).toBeLessThan(70);
  });

  it('is told by the length of a layer that is another than its manifest says', async () => {
    const [layer, config] = [patterned(200_000), Buffer.from('{}')];
    const lie = { ...descriptorOf(layer), size: 300_000 };
    const json = { schemaVersion: 2, config: descriptorOf(config, MEDIA.ociConfig), layers: [lie] };
    const server = await holding([Buffer.from(JSON.stringify(json))], [layer, config]);
    await expect(resolve(server)).rejects.toMatchObject({
      code: 'content-mismatch',
      message: 'the registry has 200000 bytes of it and not 300000',
    });
  });
});

describe('a layer at a store to which its registry sends us', () => {
  const layer = patterned(200_000);
  const lie = { ...descriptorOf(layer), size: 300_000 };

  it.each([
    ['is told by its length there', '/store', 'the registry has 200000 bytes of it and not 300000'],
    ['may be any where that refuses to say', '/refused', undefined],
    ['may be any where nobody may send us', 'http://169.254.169.254/', undefined],
    ['may be any where nobody listens', 'http://127.0.0.1:1/', undefined],
  ])('%s', async (_, to, message) => {
    const server = await registry({
      intercept: ({ url }, response) => {
        if (url === '/store') response.writeHead(200, { 'content-length': layer.length }).end();
        else if (url === '/refused') response.writeHead(403).end();
        else response.writeHead(307, { location: to }).end();
        return true;
      },
    });
    const found = client().registries.findBlob(at(server), lie);
    if (message === undefined) expect(await found).toBe(true);
    else await expect(found).rejects.toMatchObject({ code: 'content-mismatch', message });
  });
});

describe('a bundle that somebody made to do harm', () => {
  it('may name bundles many times over, each in each, but not more than there is room for', async () => {
    const server = await registry();
    let below = server.pushBundle('a', { images: [] });
    for (let level = 0; level < 3; level++) {
      const { digest } = below;
      const images = Array.from({ length: 100 }, (_, number) => ({
        image: `example.com/${number}@${digest}`,
      }));
      below = server.pushBundle('a', { images, tag: 'v1' });
    }
    // 100 × (1 + 100), and once more a hundred times as many.
    await expect(resolve(server)).rejects.toThrow('the bundle has more than 20000 images');
  });
});

describe('a blob', () => {
  it('that goes on behind its end is no blob, where it comes in chunks', async () => {
    const bytes = patterned(100_000);
    const server = await registry({
      intercept: (request, response) => {
        if (!request.url?.includes('/blobs/')) return false;
        response.write(bytes);
        setTimeout(() => response.end('and more'), 50);
        return true;
      },
    });
    const source: BlobSource = { descriptor: descriptorOf(bytes), repositories: [at(server)] };
    // As a whole, and as the stream of a registry that has no ranges.
    for (const part of [100_000, 30_000]) {
      const blobs = client({ parts: { part, all: 100_000 } }).registries.blobs([source]);
      await expect(Array.fromAsync(blobs)).rejects.toMatchObject({ code: 'content-mismatch' });
    }
  });
});

describe('an upload', () => {
  it('to a registry that tells of more bytes than there are is made in one request', async () => {
    const value = () => '0-999999999999999';
    for (const push of [pushed, pushedFromFile]) {
      const { retries, methods } = await push(
        await failing({ kind: 'field', name: 'range', value, on: /^(PATCH|GET)/ }),
      );
      expect(retries).toHaveLength(3);
      expect(methods.slice(-2)).toEqual(['POST', 'PUT']);
    }
  });
});

describe('what a server says', () => {
  it('is looked through in no time, however long its words are', () => {
    const started = performance.now();
    expect(presentable('a'.repeat(65_536))).toHaveLength(300);
    expect(performance.now() - started).toBeLessThan(500);
  });

  it('is shown without a password that has an @ in it', () => {
    expect(presentable('at https://joe:p@ss@host/v2/?x=y')).toBe('at https://host/v2/?…');
    expect(presentable('https://host?mail=joe@example.com')).toBe('https://host?…');
  });
});

describe('a list of tags', () => {
  it('has those only that are tags', async () => {
    const tags = ['v1', '../x', 'a%2fb', 'x'.repeat(200), 7, ''];
    const server = await registry({
      intercept: faulty({ kind: 'status', status: 200, body: JSON.stringify({ tags }) }),
    });
    expect(await client().registries.tags(at(server))).toEqual(new Set(['v1']));
  });
});
