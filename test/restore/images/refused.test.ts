import { describe, expect, it } from 'vitest';
import type { Digest } from '../../../src/base/digest.ts';
import { pusher } from '../../registry/artifacts.ts';
import { client, registry } from '../../registry/setting.ts';
import { exportImages, restoreImages } from './move-images.ts';

/** Answers every PUT of this manifest so. */
async function refusing(digest: Digest, status: number, code: string) {
  return registry({
    intercept: (request, response) => {
      if (request.method !== 'PUT' || !request.url?.endsWith(`/manifests/${digest}`)) return false;
      response.writeHead(status).end(JSON.stringify({ errors: [{ code, message: 'not here' }] }));
      return true;
    },
  });
}

/** An app, its signature, and a bundle of two images. */
async function foundation() {
  const from = await registry();
  const { registries } = client();
  const app = pusher(registries, from.host, 'app');
  const root = await app.image({ layers: ['app'], tag: 'v1' });
  const signature = await app.image({
    layers: ['signature'],
    subject: root,
    artifactType: 'application/x-sig',
  });
  const members = pusher(registries, from.host, 'member');
  const [one, two] = [await members.image({ layers: ['one'] }), await members.image({ layers: ['two'] })];
  const images = [one, two].map(({ digest }) => ({ image: `${from.host}/member@${digest}` }));
  const bundle = from.pushBundle('bundle', { images, tag: 'v1' });
  const { archive } = await exportImages([`${from.host}/app:v1`, `${from.host}/bundle:v1`], registries);
  const restored = async (to: Awaited<ReturnType<typeof registry>>) =>
    restoreImages(archive, registries, [{ from: from.host, to: to.host }]);
  return { from, root, signature, one, two, bundle, restored };
}

describe('an image that the registry of the target refuses', () => {
  it.each([
    [400, 'MANIFEST_INVALID'],
    [413, 'SIZE_INVALID'],
    [415, 'UNSUPPORTED'],
    [422, 'MANIFEST_INVALID'],
  ])('with %s is lost by name, with who needs it, and the others are there', async (status, code) => {
    const { from, root, signature, bundle, restored } = await foundation();
    const to = await refusing(signature.digest, status, code);
    expect(await restored(to)).toEqual([
      {
        kind: 'image-refused',
        subject: `${from.host}/app@${signature.digest}`,
        reason: `the target's registry does not take it: ${to.host} answered ${status}: ${code}: not here`,
        usedBy: [`${from.host}/app:v1`],
      },
    ]);
    expect([to.has('app', root.digest), to.has('app', 'v1'), to.has('bundle', bundle.digest)]).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('leaves its bundle without a list of locations, which imgpkg would believe', async () => {
    const { one, two, bundle, restored } = await foundation();
    const locations = `${bundle.digest.replace(':', '-')}.image-locations.imgpkg`;
    const whole = await registry();
    expect(await restored(whole)).toEqual([]);
    expect(whole.has('bundle', locations)).toBe(true);
    const to = await refusing(one.digest, 400, 'MANIFEST_INVALID');
    expect((await restored(to)).map(({ kind }) => kind)).toEqual(['image-refused']);
    const there = ['v1', two.digest, one.digest, locations].map(reference => to.has('bundle', reference));
    expect(there).toEqual([true, true, false, false]);
  });

  it.each([
    [401, 'UNAUTHORIZED'],
    [403, 'DENIED'],
    [405, 'UNSUPPORTED'],
    [500, 'UNKNOWN'],
    [400, 'MANIFEST_BLOB_UNKNOWN'],
  ])('with %s %s ends the run: another time it may be taken', async (status, code) => {
    const { root, restored } = await foundation();
    await expect(restored(await refusing(root.digest, status, code))).rejects.toThrow(`answered ${status}`);
  });
});
