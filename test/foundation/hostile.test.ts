import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idOf, type Json, type KubeObject } from '../../src/base/object.ts';
import { classify, heldBack } from '../../src/foundation/classify.ts';
import { differences } from '../../src/foundation/compare.ts';
import { imagesOf, rewriteImages } from '../../src/foundation/images.ts';
import { KorifiObjects, korifiFacts } from '../../src/foundation/korifi-facts.ts';
import { referencesOf } from '../../src/foundation/references.ts';
import { forArchive, forRestore } from '../../src/foundation/strip.ts';
import { treeOf } from '../../src/foundation/tree.ts';
import { planWaves } from '../../src/foundation/waves.ts';
import { FOUNDATION, kindOf, waveItem } from './fixtures.ts';

/** Any JSON where an object has something: in metadata, spec, status or data, at any depth. */
function spoil(object: KubeObject, at: number, value: Json): KubeObject {
  const copy = structuredClone(object);
  const holders: { holder: Record<string, Json>; key: string }[] = [];
  const walk = (holder: Record<string, Json>, inMetadata: boolean) => {
    for (const [key, child] of Object.entries(holder)) {
      const isIdentity = inMetadata && (key === 'name' || key === 'namespace');
      if (!isIdentity) holders.push({ holder, key });
      if (typeof child === 'object' && child !== null) walk(child as Record<string, Json>, false);
    }
  };
  for (const part of ['metadata', 'spec', 'status', 'data', 'subjects', 'roleRef']) {
    if (typeof copy[part] === 'object') walk(copy[part], part === 'metadata');
    if (part !== 'metadata' && copy[part] !== undefined) holders.push({ holder: copy, key: part });
  }
  const place = holders[at % Math.max(holders.length, 1)];
  if (place) place.holder[place.key] = value;
  return copy;
}

describe('an object of any shape', () => {
  it('is judged, read and copied without an error', () => {
    const objects = [...FOUNDATION.truth, ...FOUNDATION.derived];
    fc.assert(
      fc.property(
        fc.constantFrom(...objects),
        fc.nat(200),
        fc.jsonValue({ maxDepth: 2 }),
        (object, at, value) => {
          const odd = spoil(object, at, value as Json);
          const descriptor = kindOf(odd);
          classify(descriptor, odd);
          heldBack(descriptor, odd);
          imagesOf(descriptor, odd);
          rewriteImages(descriptor, structuredClone(odd), text => text);
          referencesOf(descriptor, odd, { registrySecretNames: [] });
          forArchive(odd);
          expect(differences(descriptor, forRestore(descriptor, odd), forRestore(descriptor, odd))).toEqual(
            [],
          );
          expect(planWaves([waveItem(odd)]).flatMap(wave => [...wave.nodes])[0]?.id).toEqual(idOf(odd));
          treeOf([odd]);
          new KorifiObjects().see(odd);
          korifiFacts([odd]);
        },
      ),
      { numRuns: 300 },
    );
  });
});
