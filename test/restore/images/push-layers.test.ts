import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openArchive } from '../../../src/archive/open-archive.ts';
import { digestOf } from '../../../src/base/digest.ts';
import { Flow } from '../../../src/base/flow.ts';
import { ImageMap } from '../../../src/foundation/image-map.ts';
import type { ProgressEvent } from '../../../src/progress/events.ts';
import type { Repository } from '../../../src/registry/reference.ts';
import { layerTargets, placeImages } from '../../../src/restore/images/placement.ts';
import { type LayerWork, pushLayers, surveyLayers } from '../../../src/restore/images/push-layers.ts';
import type { SandboxRegistry } from '../../../src/sandbox/registry/server.ts';
import { archiveOf, onlyLayers, piped } from '../../archive/fixtures.ts';
import { type Fault, faulty } from '../../faults/registry.ts';
import { pusher } from '../../registry/artifacts.ts';
import { afterwards, client, descriptorOf, inChunks, patterned, registry } from '../../registry/setting.ts';
import { exportImages } from './move-images.ts';

/** A registry, some layers as they would pass out of an archive, and who needs them. */
async function setting(server: SandboxRegistry, needs: Record<string, readonly number[]>, flow?: Flow) {
  const { registries } = client(flow && { flow });
  const sizes = [...new Set(Object.values(needs).flat())];
  const layers = sizes.map((size, seed) => ({ bytes: patterned(size, seed), size }));
  const repository = (path: string): Repository => ({ registry: server.host, path });
  const targets = new Map(
    layers.map(({ bytes, size }) => [
      descriptorOf(bytes).digest,
      Object.keys(needs)
        .filter(path => needs[path]?.includes(size))
        .map(repository),
    ]),
  );
  const events: ProgressEvent[] = [];
  async function* stream() {
    for (const { bytes, size } of layers) {
      yield {
        layer: { digest: descriptorOf(bytes).digest, size, repositories: [] },
        body: inChunks(bytes),
        giveBack() {},
      };
    }
  }
  const push = async () => {
    const work: Map<string, LayerWork> = await surveyLayers(targets, registries);
    await pushLayers(stream(), work as never, registries, event => events.push(event));
  };
  const held = (path: string) =>
    layers.filter(({ bytes }) => server.has(path, descriptorOf(bytes).digest)).map(({ size }) => size);
  const done = () =>
    events.flatMap(event => (event.type === 'blob-done' ? [`${event.bytes} ${event.how}`] : []));
  return { push, held, done };
}

describe('layers on their way into a registry', () => {
  it('come to every repository that needs them, each through the wire once', async () => {
    const server = await registry();
    const { push, held, done } = await setting(server, {
      'apps/a': [100_000, 3_000_000],
      'apps/b': [100_000, 70_000],
    });
    await push();
    expect(held('apps/a')).toEqual([100_000, 3_000_000]);
    expect(held('apps/b')).toEqual([100_000, 70_000]);
    expect(done().sort()).toEqual(['100000 moved', '3000000 moved', '70000 moved']);
    expect(server.requests.filter(line => line.startsWith('PUT '))).toHaveLength(3);
  });

  it('do not move when they are there, and are mounted where another repository has them', async () => {
    const server = await registry();
    const one = await setting(server, { 'apps/a': [50_000] });
    await one.push();
    const two = await setting(server, { 'apps/a': [50_000], 'apps/b': [50_000] });
    await two.push();
    expect(two.held('apps/b')).toEqual([50_000]);
    expect(two.done()).toEqual(['50000 mounted']);
    const three = await setting(server, { 'apps/a': [50_000], 'apps/b': [50_000] });
    await three.push();
    expect(three.done()).toEqual(['50000 present']);
  });

  it('are copied within the registry when it will not mount: the archive cannot be read twice', async () => {
    const server = await registry({ intercept: faulty({ kind: 'refuse-mount', on: /\?mount=/ }) });
    const { push, held } = await setting(server, {
      'apps/a': [200_000],
      'apps/b': [200_000],
      'apps/c': [200_000],
    });
    await push();
    expect([held('apps/a'), held('apps/b'), held('apps/c')]).toEqual([[200_000], [200_000], [200_000]]);
  });

  it('arrive as they are from an archive whose memory is used again, whatever has to be sent again', async () => {
    const faults: Fault[] = [
      { kind: 'reset-request', after: 21_000_000, on: /^PATCH/, times: 1 },
      { kind: 'reset-request', after: 3_000_000, on: /^PUT/, times: 2 },
      { kind: 'lose-answer', on: /^PUT/, times: 1 },
    ];
    const server = await registry({ intercept: faulty(...faults) });
    const layers = [40_000_000, 9_000_000, 50_000, 14_000_000].map((size, seed) => patterned(size, seed));
    const backup = await onlyLayers(layers);
    const planned = backup.plan.layers;
    const folder = await mkdtemp(join(tmpdir(), 'asa-backup-push-'));
    const file = join(folder, 'backup.tar');
    await writeFile(file, await archiveOf(backup));
    const archive = await openArchive(file);
    const { registries, retries } = client();
    const targets = new Map(
      planned.map(({ digest }) => [digest, [{ registry: server.host, path: 'apps/a' }]]),
    );
    const work = await surveyLayers(targets, registries);
    await pushLayers(archive.layers(), work, registries, () => undefined);
    await archive.close();
    await rm(folder, { recursive: true });
    expect(retries.length).toBeGreaterThan(1);
    for (const bytes of layers) expect(server.blob('apps/a', digestOf(bytes))?.equals(bytes)).toBe(true);
  });

  it('wait, all of them, while the run is paused', async () => {
    const server = await registry();
    const flow = new Flow(6);
    const { push, held } = await setting(server, { 'apps/a': [100_000, 70_000] }, flow);
    flow.pause();
    const pushing = push();
    await new Promise(resolve => setTimeout(resolve, 30));
    expect(server.requests).toEqual([]);
    flow.resume();
    await pushing;
    expect(held('apps/a')).toEqual([100_000, 70_000]);
  });

  it('go one after the other when no more is allowed', async () => {
    let now = 0;
    let most = 0;
    const server = await registry({
      async intercept(request, response) {
        if (request.method !== 'PUT') return false;
        most = Math.max(most, ++now);
        response.on('close', () => now--);
        await new Promise(resolve => setTimeout(resolve, 10));
        return false;
      },
    });
    const sizes = [1000, 2000, 3000, 4000];
    const { push, held } = await setting(server, { 'apps/a': sizes }, new Flow(6, 1));
    await push();
    expect(held('apps/a')).toEqual(sizes);
    expect(most).toBe(1);
  });

  it('end the run when the registry refuses one, with the registry and the reason', async () => {
    const server = await registry({
      intercept: faulty({
        kind: 'status',
        status: 403,
        on: /^POST .*apps\/b/,
        body: '{"errors":[{"code":"DENIED","message":"quota exceeded"}]}',
      }),
    });
    const { push, held } = await setting(server, { 'apps/a': [9_000_000], 'apps/b': [9_500_000] });
    await expect(push()).rejects.toThrow(/quota exceeded/);
    expect(held('apps/b')).toEqual([]);
  });
});

describe('large layers of a file', () => {
  const LARGE = 5 * 2 ** 20;
  const sizes = [LARGE, 40_000, LARGE + 1, LARGE + 2, 50_000, LARGE + 3, LARGE + 4];

  /** An archive of such layers in a file, one byte of which may be changed, and a registry; who needs them. */
  async function setting(server: SandboxRegistry, needed = sizes, bent?: number, flow = new Flow(4)) {
    const layers = sizes.map((size, seed) => patterned(size, seed));
    const backup = await onlyLayers(layers);
    const planned = backup.plan.layers;
    const bytes = await archiveOf(backup);
    const second = bytes.indexOf(layers[2]?.subarray(0, 2000) ?? '');
    if (bent !== undefined) bytes.writeUInt8(bytes.readUInt8(second + bent) ^ 1, second + bent);
    const folder = await mkdtemp(join(tmpdir(), 'asa-backup-aside-'));
    afterwards(() => rm(folder, { recursive: true }));
    const file = join(folder, 'backup.tar');
    await writeFile(file, bytes);
    const archive = await openArchive(file);
    afterwards(() => archive.close());
    const { registries } = client({ flow });
    const at = { registry: server.host, path: 'apps/a' };
    const targets = new Map(
      planned.filter(({ size }) => needed.includes(size)).map(({ digest }) => [digest, [at]]),
    );
    const push = async () => {
      const work = await surveyLayers(targets, registries);
      await pushLayers(archive.layers(), work, registries, () => undefined);
      await archive.finish();
    };
    const held = () =>
      layers.filter(layer => server.has('apps/a', digestOf(layer))).map(layer => layer.length);
    return { push, held };
  }

  /** How many requests with bytes there are at a time, at the most. */
  function counting() {
    const seen = { now: 0, most: 0 };
    const intercept = (request: IncomingMessage, response: ServerResponse) => {
      if (Number(request.headers['content-length'] ?? 0) < LARGE) return false;
      seen.most = Math.max(seen.most, ++seen.now);
      response.on('close', () => seen.now--);
      return false;
    };
    return { seen, intercept };
  }

  it('are sent several at a time, as many as may be', async () => {
    for (const limit of [4, 1]) {
      const { seen, intercept } = counting();
      const { push, held } = await setting(
        await registry({ intercept }),
        sizes,
        undefined,
        new Flow(limit, limit),
      );
      await push();
      expect(held()).toEqual(sizes);
      expect(seen.most).toBeLessThanOrEqual(limit);
      expect(seen.most).toBeGreaterThan(limit / 2);
    }
  });

  it('stay out of the registry when they are damaged, and end the run', async () => {
    const server = await registry();
    const { push, held } = await setting(server, sizes, 2_000_000);
    await expect(push()).rejects.toMatchObject({
      code: 'damaged',
      subject: expect.stringContaining('blobs/'),
    });
    expect(held()).not.toContain(LARGE + 1);
  });

  it('are checked also when nobody needs them, and when the registry has them', async () => {
    const others = sizes.filter(size => size !== LARGE + 1);
    const needless = await setting(await registry(), others, 2_000_000);
    await expect(needless.push()).rejects.toMatchObject({ code: 'damaged' });
    const server = await registry();
    await (await setting(server)).push();
    const present = await setting(server, sizes, 2_000_000);
    await expect(present.push()).rejects.toMatchObject({ code: 'damaged' });
  });

  it('stop when another one fails, rather than going on to their ends', async () => {
    let uploads = 0;
    const server = await registry({
      intercept(request, response) {
        if (request.method !== 'PUT' || Number(request.headers['content-length'] ?? 0) < LARGE) return false;
        // The first is refused; the others would never come to an end.
        if (++uploads === 1) response.writeHead(403).end('{"errors":[{"code":"DENIED","message":"quota"}]}');
        return true;
      },
    });
    const { push } = await setting(server);
    await expect(push()).rejects.toMatchObject({ code: 'registry-unauthorized' });
  });
});

describe('a registry that loses an upload with its connection, as distribution does', () => {
  const SIZE = 900_000;
  const gone = '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}';

  /** Ends the upload of a large layer in its third chunk, and knows nothing of it any more. */
  async function losing() {
    let chunks = 0;
    let lost: string | undefined;
    return registry({
      intercept: (request, response) => {
        if (request.method === 'PATCH' && ++chunks === 3) {
          lost = request.url;
          response.socket?.resetAndDestroy();
          return true;
        }
        if (lost === undefined || request.url !== lost) return false;
        response.writeHead(404).end(gone);
        return true;
      },
    });
  }

  async function restore(from: (path: string, bytes: Buffer) => Parameters<typeof openArchive>[0]) {
    const [source, target] = [await registry(), await losing()];
    const { registries } = client({ uploads: { chunk: 200_000, held: 200_000 } });
    const layers = [patterned(SIZE, 1), patterned(70_000, 2)];
    await pusher(registries, source.host, 'app').image({ layers, tag: 'v1' });
    const { archive } = await exportImages([`${source.host}/app:v1`], registries);
    const folder = await mkdtemp(join(tmpdir(), 'asa-backup-layers-'));
    const path = join(folder, 'backup.tar');
    await writeFile(path, archive);
    const opened = await openArchive(from(path, archive));
    try {
      const { placed } = placeImages(opened.head, new ImageMap([{ from: source.host, to: target.host }]));
      const work = await surveyLayers(layerTargets(opened.head, placed), registries);
      await pushLayers(opened.layers(), work, registries, () => undefined);
      await opened.finish();
      return layers.map(layer => target.has('app', descriptorOf(layer).digest));
    } finally {
      await opened.close();
      await rm(folder, { recursive: true });
    }
  }

  it('gets the layer from its beginning out of a file', async () => {
    expect(await restore(path => path)).toEqual([true, true]);
  });

  it('ends a restore from a pipe, which cannot be read again, with what to do', async () => {
    await expect(restore((_, bytes) => piped(bytes))).rejects.toMatchObject({
      message: expect.stringContaining('the registry lost the upload'),
      hints: ['run it again: what has arrived whole is not sent again'],
    });
  });
});
