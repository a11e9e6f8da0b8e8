import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startRegistry } from '../../test/testbed/testbed.ts';
import type { Row } from '../compare.ts';
import { startEndless } from '../endless.ts';
import { fill, nameImages, startFoundation } from '../foundation.ts';
import { pushImages } from '../images.ts';
import { type Command, measure } from '../measure.ts';
import { exportTo, restoreFrom, type Setting } from '../setting.ts';

const MiB = 1024 ** 2;
const GiB = 1024 * MiB;
const GOAL = { peakBytes: 224 * MiB };
const LAYER_BYTES = 64 * MiB;
/** What the peaks of one and the same run differ by. */
const NOISE_BYTES = 8 * MiB;

/** A foundation of images only, of 1 GiB and of 10: the second takes no more memory. */
export async function volume({ quick, directory, cleanUp, say }: Setting): Promise<Row[]> {
  const rows: Row[] = [];
  const peaks: Record<string, number> = {};
  for (const gib of quick ? [0.25, 1] : [1, 10]) {
    const [source, target] = [await startFoundation(), await startFoundation()];
    cleanUp(() => source.stop());
    cleanUp(() => target.stop());
    say(`making up ${gib} GiB of layers`);
    const layers = (gib * GiB) / LAYER_BYTES;
    const [registry, empty] = [await startEndless(layers, LAYER_BYTES), await startEndless(0, 0)];
    cleanUp(() => registry.stop());
    cleanUp(() => empty.stop());
    await nameImages(source, registry.host, [registry.image]);
    const archive = join(directory, `volume-${gib}.tar`);
    for (const [what, command] of [
      ['export', exportTo(archive, source)],
      ['restore', restoreFrom(archive, target, registry.host, empty.host)],
    ] as const) {
      say(`${what} of ${gib} GiB`);
      const cost = await measure([command]);
      const before = peaks[what];
      const goal = before === undefined ? {} : { goal: { peakBytes: before + NOISE_BYTES } };
      rows.push({ set: `${what}: ${gib} GiB in one image`, ours: cost, ...goal });
      peaks[what] = cost.peakBytes;
    }
    if (empty.received < gib * GiB)
      throw new Error(`only ${empty.received} bytes came to the target's registry`);
    await rm(archive);
  }
  return rows;
}

/** A large foundation: the memory of an export and of a restore into an empty one. */
export async function memory({ quick, directory, cleanUp, say }: Setting): Promise<Row[]> {
  const size = quick ? { objects: 4000, layers: 8 } : { objects: 20_000, layers: 32 };
  const [source, target] = [await startFoundation(), await startFoundation()];
  cleanUp(() => source.stop());
  cleanUp(() => target.stop());
  const [registry, empty] = [await startRegistry(), await startRegistry()];
  cleanUp(() => registry.stop());
  cleanUp(() => empty.stop());
  say(`making ${size.objects} objects and ${size.layers} layers of 64 MiB`);
  await fill(source, size.objects);
  const made = await pushImages(registry.url, 'bench/memory', {
    images: 4,
    layers: size.layers / 4,
    layerBytes: 64 * MiB,
  });
  await nameImages(source, registry.host, made);
  const archive = join(directory, 'memory.tar');
  const row = async (what: string, command: Command): Promise<Row> => {
    say(`${what} of a large foundation`);
    const set = `${what}: ${size.objects} objects, ${size.layers / 16} GiB`;
    return { set, ours: await measure([command]), goal: GOAL };
  };
  return [
    await row('export', exportTo(archive, source)),
    await row('restore', restoreFrom(archive, target, registry.host, empty.host)),
  ];
}
