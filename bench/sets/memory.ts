import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startRegistry } from '../../test/testbed/testbed.ts';
import type { Row } from '../compare.ts';
import { startEndless } from '../endless.ts';
import { fill, nameImages, startFoundation } from '../foundation.ts';
import { pushImages } from '../images.ts';
import { measure } from '../measure.ts';
import { exportTo, restoreFrom, type Setting } from '../setting.ts';

const MiB = 1024 ** 2;
const GiB = 1024 * MiB;
/** What objects and images may take beyond the same command on an empty foundation. */
const ROOM_BYTES = 64 * MiB;
const LAYER_BYTES = 64 * MiB;
/** What the peaks of one and the same run differ by. */
const NOISE_BYTES = 8 * MiB;

/** A foundation of images only, of none, of 1 GiB and of 10: the last takes no more memory than the one before. */
export async function volume({ quick, directory, cleanUp, say }: Setting): Promise<Row[]> {
  const rows: Row[] = [];
  const peaks: Record<string, number> = {};
  for (const [gib, more] of [
    [0, 0],
    [quick ? 0.25 : 1, ROOM_BYTES],
    [quick ? 1 : 10, NOISE_BYTES],
  ] as const) {
    const [source, target] = [await startFoundation(), await startFoundation()];
    cleanUp(() => source.stop());
    cleanUp(() => target.stop());
    say(`making up ${gib} GiB of layers`);
    const layers = (gib * GiB) / LAYER_BYTES;
    const [registry, empty] = [await startEndless(layers, LAYER_BYTES), await startEndless(0, 0)];
    cleanUp(() => registry.stop());
    cleanUp(() => empty.stop());
    if (gib > 0) await nameImages(source, registry.host, [registry.image]);
    const archive = join(directory, `volume-${gib}.tar`);
    for (const [what, command] of [
      ['export', exportTo(archive, source)],
      ['restore', restoreFrom(archive, target, registry.host, empty.host)],
    ] as const) {
      say(`${what} of ${gib} GiB`);
      const cost = await measure([command]);
      const before = peaks[what];
      const goal = before === undefined ? {} : { goal: { peakBytes: before + more } };
      rows.push({ set: `${what}: ${gib} GiB in one image`, ours: cost, ...goal });
      peaks[what] = cost.peakBytes;
    }
    if (empty.received < gib * GiB)
      throw new Error(`only ${empty.received} bytes came to the target's registry`);
    await rm(archive);
  }
  return rows;
}

/** The memory of an export and of a restore: of nothing, of 20,000 objects, and of 2 GiB of layers beside them. */
export async function memory({ quick, directory, cleanUp, say }: Setting): Promise<Row[]> {
  const size = quick ? { objects: 4000, layers: 8 } : { objects: 20_000, layers: 32 };
  const source = await startFoundation();
  const [registry, empty] = [await startRegistry(), await startRegistry()];
  cleanUp(() => source.stop());
  cleanUp(() => registry.stop());
  cleanUp(() => empty.stop());
  const rows: Row[] = [];
  const nothing: Record<string, number> = {};
  const measureBoth = async (what: string) => {
    const target = await startFoundation();
    cleanUp(() => target.stop());
    const archive = join(directory, `memory-${rows.length}.tar`);
    for (const [work, command] of [
      ['export', exportTo(archive, source)],
      ['restore', restoreFrom(archive, target, registry.host, empty.host)],
    ] as const) {
      say(`${work} of ${what}`);
      const cost = await measure([command]);
      const least = nothing[work];
      const goal = least === undefined ? {} : { goal: { peakBytes: least + ROOM_BYTES } };
      rows.push({ set: `${work}: ${what}`, ours: cost, ...goal });
      nothing[work] ??= cost.peakBytes;
    }
    await rm(archive);
  };
  await measureBoth('nothing');
  say(`making ${size.objects} objects`);
  await fill(source, size.objects);
  await measureBoth(`${size.objects} objects`);
  say(`making ${size.layers} layers of 64 MiB`);
  const made = await pushImages(registry.url, 'bench/memory', {
    images: 4,
    layers: size.layers / 4,
    layerBytes: LAYER_BYTES,
  });
  await nameImages(source, registry.host, made);
  await measureBoth(`${size.objects} objects, ${size.layers / 16} GiB`);
  return rows;
}
