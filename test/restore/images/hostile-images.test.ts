import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/base/digest.ts';
import { MEDIA } from '../../../src/registry/descriptor.ts';
import { parseReference } from '../../../src/registry/reference.ts';
import { syntheticLayer } from '../../../src/sandbox/registry/layer.ts';
import type { SandboxRegistry } from '../../../src/sandbox/registry/server.ts';
import { client, descriptorOf, patterned, registry } from '../../registry/setting.ts';
import { exportImages, restoreImages } from './move-images.ts';

const LAYER = patterned(200_000);
const SMALL = patterned(2000, 1);
const CONFIG = Buffer.from('{"os":"linux"}');
const EMPTY = Buffer.alloc(0);

const layer = (bytes: Buffer, more: object = {}) => ({
  ...descriptorOf(bytes, 'application/vnd.oci.image.layer.v1.tar'),
  ...more,
});
const config = (more: object = {}) => ({ ...descriptorOf(CONFIG, MEDIA.ociConfig), ...more });
const text = (json: object) =>
  Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.ociManifest, ...json }));
const image = (layers: readonly object[], more: object = {}) => text({ config: config(), layers, ...more });
const index = (manifests: readonly object[], more: object = {}) =>
  text({ mediaType: MEDIA.ociIndex, manifests, ...more });
/** The image with something in the place of something else in its text. */
const edited = (from: string, to: string, bytes: Buffer = image([layer(LAYER)])) =>
  Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1');

const GOOD = image([layer(LAYER)]);
const AS_MANIFEST = descriptorOf(GOOD, MEDIA.ociManifest);

/** Manifests that no usual tool makes, what becomes of them, and those that they name besides. */
const ODD: readonly (readonly [name: string, fate: 'kept' | 'lost', root: Buffer, ...others: Buffer[]])[] = [
  ['a layer of a smaller size', 'lost', image([layer(LAYER, { size: 100_000 })])],
  ['a layer of a larger size', 'lost', image([layer(LAYER, { size: 300_000 })])],
  ['a small layer of another size', 'lost', image([layer(SMALL, { size: 1000 })])],
  ['a layer of two sizes', 'lost', image([layer(LAYER), layer(LAYER, { size: 1 })])],
  ['a layer as its config', 'kept', text({ config: layer(LAYER), layers: [layer(LAYER)] })],
  ['a config of another size', 'lost', image([], { config: config({ size: 3 }) })],
  ['a config that is large, as it says', 'lost', image([], { config: config({ size: 5_000_000 }) })],
  ['its config as a layer', 'kept', image([config()])],
  ['its config as a layer, of another size', 'lost', image([config({ size: 3 })])],
  ['a manifest as a layer', 'lost', image([layer(GOOD)]), GOOD],
  ['two members of one name', 'lost', edited('{', '{"a":1,"a":2,')],
  ['bytes that are no text', 'lost', edited('{', '{"a":"\xff",')],
  ['lists in lists in lists', 'lost', edited('{', `{"a":${'['.repeat(1000)}${']'.repeat(1000)},`)],
  ['a media type that is nobody knows what', 'lost', image([], { mediaType: 'application/x' })],
  ['a media type of two lines', 'lost', image([], { mediaType: 'application/x\r\nhost: x' })],
  ['what only an image has, in an index', 'lost', index([AS_MANIFEST], { layers: [layer(SMALL)] }), GOOD],
  ['what only an index has, in an image', 'lost', image([], { manifests: [AS_MANIFEST] }), GOOD],
  ['nothing of an image', 'lost', text({ manifests: [AS_MANIFEST] }), GOOD],
  ['nothing of an index', 'lost', text({ mediaType: MEDIA.ociIndex, layers: [layer(LAYER)] })],
  ['no layers', 'lost', text({ config: config() })],
  ['null layers', 'kept', text({ config: config(), layers: null })],
  ['null manifests', 'kept', text({ mediaType: MEDIA.ociIndex, manifests: null })],
  ['no config', 'lost', text({ layers: [layer(LAYER)] })],
  ['a manifest of another size', 'lost', index([{ ...AS_MANIFEST, size: 3 }]), GOOD],
  ['an image as an index', 'lost', index([descriptorOf(GOOD, MEDIA.ociIndex)]), GOOD],
  ['an image in the words of docker', 'kept', index([descriptorOf(GOOD, MEDIA.dockerManifest)]), GOOD],
  ['an image as a blob too', 'lost', index([AS_MANIFEST, descriptorOf(GOOD, 'application/x')]), GOOD],
  ['layers of its own, an index', 'kept', index([layer(LAYER)])],
  ['a layer with urls of no text', 'lost', image([layer(LAYER, { urls: [1] })])],
  ['a layer that is and is not foreign', 'kept', image([layer(LAYER, { urls: ['x'] }), layer(LAYER)])],
  ["others' layer in itself", 'kept', image([layer(LAYER, { data: LAYER.toString('base64') })])],
  ['nothing in itself, for something', 'lost', image([], { config: config({ data: '' }) })],
  ['a size below zero', 'kept', edited('"size":0', '"size":-0', image([layer(EMPTY)]))],
  ['a size in other words', 'kept', edited('200000', '2e5')],
];

const CASES = ODD.map(([name, fate, root, ...others]) => ({ name, fate, root, others }));

/** A registry that has any manifests in `evil`, `v1` among them, and a usual image in `good`. */
async function setting(root: Buffer, others: readonly Buffer[]) {
  const byName = new Map<string, Buffer>([root, ...others].map(bytes => [digestOf(bytes), bytes]));
  byName.set('v1', root);
  const server = await registry({
    intercept: (request, response) => {
      const bytes = byName.get(/^\/v2\/evil\/manifests\/(.*)/.exec(request.url ?? '')?.[1] ?? '');
      if (bytes !== undefined) response.end(bytes);
      return bytes !== undefined;
    },
  });
  for (const blob of [LAYER, SMALL, CONFIG, EMPTY]) server.pushBlob('evil', blob);
  server.pushImage('good', { layers: [LAYER, syntheticLayer(1, 1000)], tag: 'v1' });
  return server;
}

/** Exports, checks and restores; hands back what is at the target, and what was lost on the way. */
async function moved(server: SandboxRegistry, ...names: string[]) {
  const { registries } = client();
  const references = names.map(name => `${server.host}/${name}`);
  const { archive, plan } = await exportImages(references, registries);
  const target = await registry();
  await restoreImages(archive, registries, [{ from: server.host, to: target.host }]);
  const at = (name: string) => registries.manifest(parseReference(`${target.host}/${name}`));
  return { losses: plan.losses, at };
}

describe('an odd image', () => {
  it.each(CASES)('with $name is $fate, and nobody else is harmed', async ({ fate, root, others }) => {
    const server = await setting(root, others);
    const { losses, at } = await moved(server, 'evil:v1', 'good:v1');
    const good = await client().registries.manifest(parseReference(`${server.host}/good:v1`));
    expect((await at('good:v1')).bytes.equals(good.bytes)).toBe(true);
    if (fate === 'kept') expect((await at('evil:v1')).bytes.equals(root)).toBe(true);
    const lost = { subject: `${server.host}/evil:v1`, usedBy: ['CFBuild space/build'] };
    expect(losses).toMatchObject(fate === 'kept' ? [] : [lost]);
  });

  it('that says another size of what a store has, which is not asked, is lost to who came first', async () => {
    const server = await registry({
      intercept: (request, response) => {
        const isLayer = request.method === 'HEAD' && request.url?.includes('/blobs/');
        if (isLayer) response.writeHead(307, { location: 'https://store.example.com/' }).end();
        return isLayer === true;
      },
    });
    server.pushImage('good', { layers: [LAYER], tag: 'v1' });
    const lie = image([layer(LAYER, { size: 100_000 })]);
    for (const blob of [LAYER, CONFIG]) server.pushBlob('evil', blob);
    const { registries } = client();
    const repository = parseReference(`${server.host}/evil`);
    await registries.pushManifest(
      repository,
      { descriptor: descriptorOf(lie, MEDIA.ociManifest), bytes: lie },
      'v1',
    );
    const { losses, at } = await moved(server, 'good:v1', 'evil:v1');
    expect((await at('good:v1')).descriptor.size).toBeGreaterThan(0);
    expect(losses.map(({ reason }) => reason)).toEqual([
      expect.stringContaining(`gives ${digestOf(LAYER)} 100000 bytes, and another image 200000`),
    ]);
  });
});

describe('what is odd', () => {
  const odd = edited('{', '{"a":1,"a":2,');

  it('and belongs to a bundle is lost to it', async () => {
    const server = await setting(odd, []);
    const good = await client().registries.manifest(parseReference(`${server.host}/good:v1`));
    const lost = `${server.host}/evil@${digestOf(odd)}`;
    const kept = `${server.host}/good@${good.descriptor.digest}`;
    server.pushBundle('bundle', { images: [{ image: lost }, { image: kept }], tag: 'v1' });
    const { losses, at } = await moved(server, 'bundle:v1');
    expect(losses.map(({ subject }) => subject)).toEqual([lost]);
    expect((await at(`bundle@${good.descriptor.digest}`)).bytes.equals(good.bytes)).toBe(true);
  });

  it('and attached to an image is lost with what is attached to it, and the image is not', async () => {
    const good = image([layer(LAYER)]);
    const tag = (bytes: Buffer) => `${digestOf(bytes).replace(':', '-')}.sig`;
    const byName = new Map([
      ['v1', good],
      [tag(good), odd],
      [tag(odd), image([layer(SMALL)])],
    ]);
    const server = await registry({
      intercept: (request, response) => {
        const { pathname } = new URL(request.url ?? '', 'http://host');
        const bytes = byName.get(/\/manifests\/(.*)/.exec(pathname)?.[1] ?? '');
        if (pathname.endsWith('/tags/list')) response.end(JSON.stringify({ tags: [...byName.keys()] }));
        else if (bytes !== undefined) response.end(bytes);
        return response.writableEnded;
      },
    });
    for (const blob of [LAYER, SMALL, CONFIG]) server.pushBlob('a', blob);
    const { losses, at } = await moved(server, 'a:v1');
    expect(losses.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('two members of one name'),
      'what it is attached to is lost',
    ]);
    expect((await at('a:v1')).bytes.equals(good)).toBe(true);
  });
});
