import { describe, expect, it } from 'vitest';
import { FORMAT_VERSION, type Plan } from '../../src/archive/plan.ts';
import { Failure } from '../../src/base/errors.ts';
import { explained } from '../../src/export/layer-failure.ts';
import { planImages } from '../../src/export/plan-images.ts';
import { client, patterned, registry } from '../registry/setting.ts';

const layers = [1, 2, 3].map(seed => patterned(100_000, seed));

/** Three images of a layer each, whose layers pass until one of them fails. */
async function failing(at: number, error: unknown) {
  const server = await registry();
  const uses = layers.map((layer, index) => {
    server.pushImage(`a${index}`, { layers: [layer], tag: 'v1' });
    return { text: `${server.host}/a${index}:v1`, usedBy: [`CFBuild space/${index}`] };
  });
  const set = await planImages(uses, client().registries, () => undefined, {});
  const plan = {
    ...{ formatVersion: FORMAT_VERSION, createdAt: '2026-11-23T12:00:00Z', losses: [], resources: [] },
    ...{ tool: { name: 'x', version: '1' }, source: { absentKinds: [] }, secrets: { kind: 'plaintext' } },
    ...{ images: [...set.images], layers: [...set.layers] },
  } satisfies Plan;
  const blobs = new Map(set.small.map(({ descriptor, bytes }) => [descriptor.digest, bytes]));
  async function* chunks() {
    for (const index of layers.keys()) {
      yield { index, chunk: Buffer.alloc(50_000) };
      if (index === at) throw error;
      yield { index, chunk: Buffer.alloc(50_000) };
    }
  }
  return Array.fromAsync(explained(chunks(), set.sources, { plan, blobs })).catch(error => error);
}

describe('an export that a layer ends', () => {
  it('says whose it is, in the middle of it', async () => {
    for (const at of layers.keys()) {
      const mismatch = new Failure('content-mismatch', 'another', { hints: ['push it again'] });
      const { message, hints } = await failing(at, mismatch);
      expect({ message, hints }).toEqual({
        message: 'another',
        hints: ['push it again', `it belongs to an image of CFBuild space/${at}`],
      });
    }
  });

  it('is as it was when it is not about the layer', async () => {
    const full = new Failure('no-space', 'the disk is full');
    expect(await failing(1, full)).toBe(full);
  });
});
