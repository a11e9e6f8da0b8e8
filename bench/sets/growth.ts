import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Row } from '../compare.ts';
import { fill, startFoundation } from '../foundation.ts';
import { type Cost, measure } from '../measure.ts';
import { exportTo, restoreObjects, type Setting } from '../setting.ts';

/** Objects that memory may have a fixed room for; what each beyond them may add, in bytes. */
const ROOMY = 20_000;
const BYTES_AN_OBJECT = 100;

/** What an object costs where there are few and where there are many: in time, and beyond {@link ROOMY} in memory. */
export async function growth(setting: Setting): Promise<Row[]> {
  const sizes = setting.quick ? [500, 2000] : [1000, ROOMY, 100_000];
  const costs: { size: number; work: string; cost: Cost }[] = [];
  for (const size of sizes) costs.push(...(await costsOf(size, setting)));
  const rows = costs.map(({ size, work, cost }): Row => {
    const few = costs.find(one => one.work === work && one.size === sizes[0]);
    const roomy = costs.find(one => one.work === work && one.size === ROOMY);
    const room = roomy && { peakBytes: roomy.cost.peakBytes + BYTES_AN_OBJECT * (size - ROOMY) };
    const ratio = few && cost.seconds / size / (few.cost.seconds / few.size);
    return {
      set: `${work} of ${size} objects`,
      ours: cost,
      ...(ratio !== undefined && few && { peer: { name: `an object of ${few.size}`, ...few.cost }, ratio }),
      ...(room && size > ROOMY && { goal: room }),
    };
  });
  return [...rows, planned(setting.quick ? 10_000 : 100_000)];
}

async function costsOf(size: number, { directory, cleanUp, say }: Setting) {
  const [source, target] = [await startFoundation(), await startFoundation()];
  const stop = () => Promise.all([source.stop(), target.stop()]).then(() => undefined);
  cleanUp(stop);
  say(`making ${size} objects`);
  await fill(source, size);
  const archive = join(directory, `growth-${size}.tar`);
  say(`export and restore of ${size} objects`);
  const exported = await measure([exportTo(archive, source)]);
  const restored = await measure([restoreObjects(archive, target)]);
  await stop();
  return [
    { size, work: 'export', cost: exported },
    { size, work: 'restore', cost: restored },
  ];
}

/** Only the graph and the waves: in a process that has the objects already. */
function planned(objects: number): Row {
  const script = join(import.meta.dirname, '../plan.ts');
  const { seconds } = JSON.parse(
    execFileSync(process.execPath, [script, String(objects)], { encoding: 'utf8' }),
  );
  return { set: `order of ${objects} objects`, ours: { seconds, peakBytes: 0 }, goal: { seconds: 2 } };
}
