import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Row } from '../compare.ts';
import { fill, startFoundation } from '../foundation.ts';
import { type Cost, measure } from '../measure.ts';
import { exportTo, restoreObjects, type Setting } from '../setting.ts';

const MiB = 1024 ** 2;
/** What the first objects may take together, beyond the same command on an empty foundation. */
const ROOM_BYTES = 64 * MiB;
const ROOMY = 20_000;
/** What each object beyond {@link ROOMY} may add. */
const BYTES_AN_OBJECT = 100;

interface Sized {
  readonly size: number;
  readonly work: string;
  readonly cost: Cost;
}

/** What an object costs where there are few and where there are many: in time, and in memory. */
export async function growth(setting: Setting): Promise<Row[]> {
  const sizes = setting.quick ? [0, 500, 2000] : [0, 1000, ROOMY, 100_000];
  const costs: Sized[] = [];
  for (const size of sizes) costs.push(...(await costsOf(size, setting)));
  const rows = costs.map(one => rowOf(one, costs));
  return [...rows, planned(setting.quick ? 10_000 : 100_000)];
}

function rowOf({ size, work, cost }: Sized, costs: readonly Sized[]): Row {
  const [nothing, few] = costs.filter(one => one.work === work);
  const set = `${work} of ${size} objects`;
  if (nothing === undefined || few === undefined || size === 0) return { set, ours: cost };
  const beyond = BYTES_AN_OBJECT * Math.max(0, size - ROOMY);
  return {
    set,
    ours: cost,
    peer: { name: `an object of ${few.size}`, ...few.cost },
    ratio: cost.seconds / size / (few.cost.seconds / few.size),
    goal: { peakBytes: nothing.cost.peakBytes + ROOM_BYTES + beyond },
  };
}

async function costsOf(size: number, { directory, cleanUp, say }: Setting): Promise<Sized[]> {
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
