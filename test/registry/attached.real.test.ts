import { describe, expect, it } from 'vitest';
import { exportImages, restoreImages } from '../restore/images/move-images.ts';
import { startRegistry } from '../testbed/testbed.ts';
import { cosignTag, digestsOf, fallbackEntries, pusher } from './artifacts.ts';
import { afterwards, client, descriptorOf, patterned, registry } from './setting.ts';

async function real() {
  const registry = await startRegistry();
  afterwards(() => registry.stop());
  return registry;
}

describe('a real registry without the referrers API', () => {
  it('keeps what is attached to an image where its clients look for it, before and after a restore', async () => {
    const [from, to] = [await real(), await real()];
    const { registries } = client();
    const { image, index, repository } = pusher(registries, from.host, 'team/app');
    const child = await image({ layers: ['child'] });
    const root = await index([child], { tag: 'v1' });
    expect(await registries.referrers(repository, root.digest)).toBeUndefined();
    const referrers = await Promise.all(['a', 'b'].map(layer => image({ layers: [layer], subject: root })));
    const ofChild = await image({ layers: ['c'], subject: child });
    const signature = await image({ layers: ['d'], tag: cosignTag(root, 'sig') });
    const { plan, archive } = await exportImages([`${from.host}/team/app:v1`], registries);
    expect(plan.losses).toEqual([]);
    await restoreImages(archive, registries, [{ from: from.host, to: `${to.host}/restored` }]);
    const target = { registry: to.host, path: 'restored/team/app' };
    expect(digestsOf(await fallbackEntries(registries, target, root))).toEqual(digestsOf(referrers));
    expect(digestsOf(await fallbackEntries(registries, target, child))).toEqual([ofChild.digest]);
    expect(await registries.hasManifest({ ...target, tag: cosignTag(root, 'sig') })).toBe(signature.digest);
  });

  it('refuses urls that it was not told of, with a hint whether the layers are there or not', async () => {
    const [from, to] = [await registry(), await real()];
    const { registries } = client();
    const layer = patterned(5000);
    const mediaType = 'application/vnd.oci.image.layer.nondistributable.v1.tar';
    const foreign = { ...descriptorOf(layer, mediaType), urls: ['https://layers.example.com/1'] };
    from.pushBlob('app', layer);
    await pusher(registries, from.host, 'app').image({ layers: ['own'], foreign: [foreign], tag: 'v1' });
    const restored = async (foreignLayers: boolean) => {
      const { archive } = await exportImages([`${from.host}/app:v1`], registries, { foreignLayers });
      const losses = await restoreImages(archive, registries, [{ from: from.host, to: to.host }]);
      return losses.map(({ kind, reason }) => [kind, reason]);
    };
    const allow = /validation\.manifests\.urls\.allow/;
    const both = /--include-foreign-layers.*validation\.manifests\.urls\.allow/;
    expect(await restored(false)).toEqual([['image-refused', expect.stringMatching(both)]]);
    expect(await restored(true)).toEqual([['image-refused', expect.stringMatching(allow)]]);
    expect(await registries.hasBlob({ registry: to.host, path: 'app' }, foreign.digest)).toBe(true);
  });
});
