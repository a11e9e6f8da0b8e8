import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Contents } from '../../../src/archive/head.ts';
import { type Digest, digestOf } from '../../../src/base/digest.ts';
import type { KubeObject } from '../../../src/base/object.ts';
import { planWaves } from '../../../src/foundation/waves.ts';
import { MEDIA } from '../../../src/registry/descriptor.ts';
import { parseRepository } from '../../../src/registry/reference.ts';
import { ImageGate } from '../../../src/restore/images/image-gate.ts';
import type { Placement } from '../../../src/restore/images/placement.ts';
import { named, waveItem } from '../../foundation/fixtures.ts';

const CONFIG = Buffer.from('{}');
const LAYERS = ['first', 'second'].map(text => Buffer.from(text));
const [FIRST, SECOND] = LAYERS.map(digestOf) as [Digest, Digest];

/** An archive of two images, of a layer each: the first may be a bundle, and the second a part of it. */
function stage({ isBundle = false } = {}) {
  const described = (bytes: Buffer, mediaType: string) => ({
    ...{ mediaType, digest: digestOf(bytes), size: bytes.length },
  });
  const manifests = LAYERS.map(layer =>
    Buffer.from(
      JSON.stringify({
        config: described(CONFIG, MEDIA.dockerConfig),
        layers: [described(layer, MEDIA.dockerLayer)],
      }),
    ),
  );
  const archive = {
    plan: {
      layers: LAYERS.map(layer => ({ digest: digestOf(layer), size: layer.length, repositories: [] })),
    },
    blobs: new Map([CONFIG, ...manifests].map(bytes => [digestOf(bytes), bytes])),
  } as unknown as Contents;
  const objects: readonly KubeObject[] = [
    named('PackageRepository install/repository'),
    named('PackageInstall install/adapter'),
  ];
  const users = objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`);
  const [bundle, other] = manifests.map(digestOf);
  const placements = manifests.map((bytes, index) => ({
    image: {
      ...{ digest: digestOf(bytes), mediaType: MEDIA.dockerManifest, repository: `old.example.com/${index}` },
      usedBy: isBundle && index === 1 ? [] : [users[index]],
      ...(isBundle && index === 0 && { bundle: { images: [{ digest: other }] } }),
      ...(isBundle && index === 1 && { partOf: bundle }),
    },
    target: parseRepository(`new.example.com/${isBundle ? 0 : index}`),
    ...{ tags: [], rank: 0 },
  })) as unknown as Placement[];
  const pushed: string[] = [];
  const waves = planWaves(objects.map(waveItem));
  const gate = new ImageGate({
    ...{ archive, placements, waves, report: () => undefined },
    push: async ({ image }) => void pushed.push(image.repository),
    finishBundle: async ({ image }) => void pushed.push(`${image.repository} is whole`),
  });
  gate.begin();
  const waveOf = (index: number) =>
    waves.findIndex(({ nodes }) => Iterator.from(nodes).some(({ id }) => id.kind === objects[index]?.kind));
  /** Whether the wave of an object may begin by now. */
  const isOpen = async (index: number) => {
    let open = false;
    void gate.wave(waveOf(index)).then(() => {
      open = true;
    });
    for (let turns = 0; turns < 20; turns++) await turn();
    return open;
  };
  return { gate, pushed, isOpen };
}

describe('a wave', () => {
  it('begins when the images that its objects name are there, whatever becomes of others', async () => {
    const { gate, pushed, isOpen } = stage();
    expect([await isOpen(0), await isOpen(1), pushed]).toEqual([false, false, []]);
    gate.passed(FIRST);
    expect([await isOpen(0), await isOpen(1)]).toEqual([true, false]);
    gate.passed(SECOND);
    expect([await isOpen(1), pushed]).toEqual([true, ['old.example.com/0', 'old.example.com/1']]);
  });

  it('that names a bundle begins when all that the bundle names is there too', async () => {
    const { gate, pushed, isOpen } = stage({ isBundle: true });
    gate.passed(FIRST);
    expect(await isOpen(0)).toBe(false);
    gate.passed(SECOND);
    expect(await isOpen(0)).toBe(true);
    expect(pushed).toEqual(['old.example.com/0', 'old.example.com/1', 'old.example.com/0 is whole']);
  });

  it('does not begin when an image cannot be had', async () => {
    const { gate } = stage();
    gate.fail(new Error('the archive ends here'));
    await expect(gate.done()).rejects.toThrow('the archive ends here');
  });
});
