import { join } from 'node:path';
import { startRegistry } from '../../test/testbed/testbed.ts';
import type { Row } from '../compare.ts';
import { fill, nameImages, startFoundation } from '../foundation.ts';
import { pushImages } from '../images.ts';
import { type Command, measure } from '../measure.ts';
import { exportTo, restoreFrom, type Setting } from '../setting.ts';

const MiB = 1024 ** 2;
const GOAL = { peakBytes: 224 * MiB };

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
