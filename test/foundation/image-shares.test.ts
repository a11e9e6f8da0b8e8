import { describe, expect, it } from 'vitest';
import type { PlannedImage } from '../../src/archive/plan.ts';
import type { Digest } from '../../src/base/digest.ts';
import type { KubeObject } from '../../src/base/object.ts';
import { type ImageShare, imageShares } from '../../src/foundation/image-shares.ts';

const korifi = (kind: string, namespace: string, name: string, spec: object): KubeObject => ({
  apiVersion: 'korifi.cloudfoundry.org/v1alpha1',
  kind,
  metadata: { namespace, name },
  spec,
});
const app = (space: string, guid: string) => [
  korifi('CFApp', space, guid, { displayName: `app ${guid}` }),
  korifi('CFBuild', space, `${guid}-build`, { appRef: { name: guid } }),
];
const OBJECTS = [
  ...['o1', 'o2'].map(guid => korifi('CFOrg', 'cf', guid, { displayName: `org ${guid}` })),
  korifi('CFSpace', 'o1', 's1', { displayName: 'dev' }),
  korifi('CFSpace', 'o1', 's2', { displayName: 'dev' }),
  korifi('CFSpace', 'o2', 's3', { displayName: 'dev' }),
  ...app('s1', 'a'),
  ...app('s1', 'b'),
  ...app('s2', 'c'),
  ...app('s3', 'd'),
];

const digest = (name: string) => `sha256:${name}` as Digest;
const image = (reference: string, usedBy: string[]): PlannedImage => ({
  ...{ reference, repository: reference, digest: digest(reference), mediaType: '', size: 0, usedBy },
});

/** @param layers of each image by its reference; a layer has as many bytes as its name says. */
function shares(images: PlannedImage[], layers: Record<string, string[]>): ImageShare {
  const all = [...new Set(Object.values(layers).flat())];
  const plan = {
    images,
    layers: all.map(name => ({ digest: digest(name), size: Number(name), repositories: [] })),
  };
  return imageShares(plan, OBJECTS, ({ reference }) => (layers[reference] ?? []).map(digest));
}

/** `name own/total/needs` of every part, by its way. */
function told({ name, own, total, needs, parts }: ImageShare, way = ''): string[] {
  const here = way === '' ? name : `${way} › ${name}`;
  return [`${here} ${own}/${total}/${needs}`, ...parts.flatMap(part => told(part, here))];
}

describe('who needs which bytes', () => {
  it('counts a layer where the ways of its users part', () => {
    const images = ['a', 'b', 'c', 'd'].map(name =>
      image(name, [`CFBuild ${{ a: 's1', b: 's1', c: 's2', d: 's3' }[name]}/${name}-build`]),
    );
    // 1000 is everybody's, 100 is of one space, 10 of one org, the others of one app.
    const layers = {
      a: ['1000', '100', '1'],
      b: ['1000', '100', '10'],
      c: ['1000', '10', '2'],
      d: ['1000', '4'],
    };
    expect(told(shares(images, layers))).toEqual([
      'foundation 1000/1117/1117',
      'foundation › org o1 10/113/1113',
      'foundation › org o1 › dev 100/101/1111',
      'foundation › org o1 › dev › app a 1/1/1101',
      'foundation › org o1 › dev › app b 0/0/1110',
      'foundation › org o1 › dev 0/2/1012',
      'foundation › org o1 › dev › app c 2/2/1012',
      'foundation › org o2 0/4/1004',
      'foundation › org o2 › dev 0/4/1004',
      'foundation › org o2 › dev › app d 4/4/1004',
    ]);
  });

  it('follows bundles and signatures to the objects that need them, and ends where they go in circles', () => {
    const images = [
      image('bundle', ['PackageRepository tap/repo']),
      image('inner', ['bundle']),
      image('signature', ['inner']),
      { ...image('odd', ['odder']) },
      { ...image('odder', ['odd']) },
    ];
    const layers = { bundle: ['1'], inner: ['2'], signature: ['4'], odd: ['8'], odder: ['8'] };
    expect(told(shares(images, layers))).toEqual([
      'foundation 8/15/15',
      'foundation › installation 0/7/7',
      'foundation › installation › PackageRepository tap/repo 7/7/7',
    ]);
  });
});
