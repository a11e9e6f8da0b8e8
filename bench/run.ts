/** `node bench/run.ts [SET…] [--quick]`: measures the built program beside others and prints one table. */
import { parseArgs } from 'node:util';
import type { Row } from './compare.ts';
import { archives } from './sets/archives.ts';
import { growth } from './sets/growth.ts';
import { far, images } from './sets/images.ts';
import { listing } from './sets/listing.ts';
import { media } from './sets/media.ts';
import { memory, volume } from './sets/memory.ts';
import { objects } from './sets/objects.ts';
import { secrets } from './sets/secrets.ts';
import { startup } from './sets/startup.ts';
import { view } from './sets/view.ts';
import { type Setting, withSetting } from './setting.ts';
import { machineLine, renderTable } from './table.ts';
import { filesInMemory } from './where.ts';

const SETS: Readonly<Record<string, (setting: Setting) => Promise<Row[]>>> = {
  startup,
  listing,
  objects,
  growth,
  images,
  far,
  media,
  memory,
  volume,
  archives,
  secrets,
  view,
};

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean' } },
  allowPositionals: true,
});
const unknown = positionals.filter(name => !Object.hasOwn(SETS, name));
if (unknown.length > 0) {
  console.error(`bench: there is no set ${unknown.join(', ')}; there are ${Object.keys(SETS).join(', ')}`);
  process.exitCode = 2;
} else {
  const where = filesInMemory();
  const chosen = Object.entries(SETS).filter(
    ([name]) => positionals.length === 0 || positionals.includes(name),
  );
  const rows: Row[] = [];
  for (const [, run] of chosen) rows.push(...(await withSetting(values.quick ?? false, run)));
  console.log(`${machineLine()}, files in ${where}\n\n${renderTable(rows)}`);
}
