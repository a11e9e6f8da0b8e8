import { describe, expect, it } from 'vitest';
import type { Plan, PlannedImage } from '../../../src/archive/plan.ts';
import { digestOf } from '../../../src/base/digest.ts';
import { ImageMap } from '../../../src/foundation/image-map.ts';
import { showRepository } from '../../../src/registry/reference.ts';
import { placeImages, sharedImages } from '../../../src/restore/images/placement.ts';

const OLD = 'old.example.com/asa/tas-adapter-';
const NEW = 'new.example.com/cf/';
const digest = digestOf('an image');
const bundle = digestOf('a bundle');

function image(reference: string, more: Partial<PlannedImage> = {}): PlannedImage {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  return { reference, repository: reference, digest, mediaType, size: 1, usedBy: [], ...more };
}

function place(...images: PlannedImage[]) {
  const map = new ImageMap([{ from: OLD, to: NEW }]);
  const { placed, unmapped } = placeImages({ plan: { images } as unknown as Plan, blobs: new Map() }, map);
  return {
    placed: placed.map(({ target, tags }) => [showRepository(target), ...tags]),
    unmapped: unmapped.map(({ reference }) => reference),
  };
}

describe('where images go', () => {
  it('follows the map, and leaves alone what it does not cover', () => {
    expect(place(image(`${OLD}1-droplets@${digest}`), image('ghcr.io/acme/api:1.4'))).toEqual({
      placed: [[`${NEW}1-droplets`, `asa-backup-${digest.slice(7, 39)}`]],
      unmapped: ['ghcr.io/acme/api:1.4'],
    });
  });

  it.each([
    ['the tag that the resource states', image(`${OLD}1:v3`), ['v3']],
    [
      "its packages' GUIDs, which Korifi takes off itself",
      image(`${OLD}1-packages@${digest}`, { usedBy: ['CFPackage space/guid-1', 'CFPackage space/guid-2'] }),
      ['guid-1', 'guid-2'],
    ],
    [
      'a tag of our own for a droplet, lest a registry takes it for garbage',
      image(`${OLD}1-droplets@${digest}`, { usedBy: ['CFBuild space/guid'] }),
      [`asa-backup-${digest.slice(7, 39)}`],
    ],
  ])('gives an image %s', (_, planned, tags) => {
    expect(place(planned).placed[0]?.slice(1)).toEqual(tags);
  });

  it('tags what stays where the source has it with a tag of our own, for the day on which a package goes', () => {
    const map = new ImageMap([{ from: OLD, to: OLD }]);
    const planned = image(`${OLD}1-packages`, { usedBy: ['CFPackage space/guid-1'] });
    const { placed } = placeImages({ plan: { images: [planned] } as unknown as Plan, blobs: new Map() }, map);
    expect(placed[0]?.tags).toEqual(['guid-1', `asa-backup-${digest.slice(7, 39)}`]);
    expect(sharedImages(placed)).toEqual(placed);
    const moved = placeImages(
      { plan: { images: [planned] } as unknown as Plan, blobs: new Map() },
      new ImageMap([{ from: OLD, to: NEW }]),
    );
    expect(sharedImages(moved.placed)).toEqual([]);
  });

  it("puts every image of a bundle into the bundle's repository, wherever it came from", () => {
    const locked = `elsewhere.example.com/web@${digest}`;
    const { placed, unmapped } = place(
      image(`${OLD}packages:1.0`, {
        digest: bundle,
        bundle: { images: [{ locked, digest, isBundle: false }] },
      }),
      image(locked, { partOf: bundle }),
    );
    expect(placed).toEqual([
      [`${NEW}packages`, '1.0', `sha256-${bundle.slice(7)}.imgpkg`],
      [`${NEW}packages`, `sha256-${digest.slice(7)}.imgpkg`],
    ]);
    expect(unmapped).toEqual([]);
  });
});
