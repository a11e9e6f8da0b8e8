import { constants, mkdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compete, type Row } from '../compare.ts';
import { nameImages, startFoundation } from '../foundation.ts';
import { pushImages } from '../images.ts';
import { type Command, measure } from '../measure.ts';
import { startBenchRegistry } from '../registries.ts';
import { exportTo, ours, type Setting } from '../setting.ts';

const MiB = 1024 ** 2;
const SLOW_MEDIUM = join(import.meta.dirname, '../slow-medium.js');

/**
 * What parts and a second start cost: an archive in one file against the same in parts, and the rest of one twice as large
 * against all of it.
 */
export async function media(setting: Setting): Promise<Row[]> {
  const { directory, quick } = setting;
  const layerBytes = (quick ? 16 : 64) * MiB;
  const rounds = quick ? 1 : 5;
  const size = `${(16 * layerBytes) / MiB} MiB`;
  const twice = `${(32 * layerBytes) / MiB} MiB`;
  const registry = await startBenchRegistry('loopback', join(directory, 'source'));
  setting.cleanUp(() => registry.stop());
  const source = await startFoundation();
  setting.cleanUp(() => source.stop());
  setting.say(`making ${twice}`);
  const made = await pushImages(registry.origin.url, 'bench/images', { images: 4, layers: 8, layerBytes });
  await nameImages(source, registry.host, made.slice(0, 2));
  const fresh = (name: string): string => {
    const folder = join(directory, name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    return join(folder, 'backup.tar');
  };
  const whole = () => exportTo(fresh('one'), source);
  const cut = () => {
    const { program, args } = exportTo(fresh('parts'), source);
    return { program, args: [...args, '--volume-size', `${(4 * layerBytes) / MiB}MiB`] };
  };
  setting.say('export in one file and in parts');
  const parts = await compete({
    set: `export: ${size} in parts`,
    rounds,
    contenders: [
      { name: 'ours', commands: () => [cut()] },
      { name: 'in one file', commands: () => [whole()] },
    ],
    goals: { 'in one file': 1.05 },
  });
  setting.say('the same onto a medium that is no memory');
  const onMedium = ({ program, args }: Command) => ({ program, args: ['--import', SLOW_MEDIUM, ...args] });
  const ontoMedium = await compete({
    set: `export: ${size} in parts, medium of 400 MB/s`,
    rounds,
    contenders: [
      { name: 'ours', commands: () => [onMedium(cut())] },
      { name: 'in one file', commands: () => [onMedium(whole())] },
    ],
    goals: { 'in one file': 1.05 },
  });
  setting.say('verify, in one file and in parts');
  const verified = await compete({
    set: `verify: ${size} in parts`,
    rounds,
    contenders: [
      { name: 'ours', commands: () => [ours(['verify', join(directory, 'parts'), '--quiet'])] },
      {
        name: 'in one file',
        commands: () => [ours(['verify', join(directory, 'one', 'backup.tar'), '--quiet'])],
      },
    ],
    goals: { 'in one file': 1.05 },
  });
  setting.say(`the second half of an export of ${twice}`);
  // The rest names the last two images only: what an interrupted export of all four still has to fetch.
  const [all, rest] = [await startFoundation(), await startFoundation()];
  for (const foundation of [all, rest]) setting.cleanUp(() => foundation.stop());
  await nameImages(all, registry.host, made);
  await nameImages(rest, registry.host, made.slice(2));
  const kept = fresh('kept');
  await measure([exportTo(kept, all)]);
  const half = statSync(kept).size / 2;
  const broken = async (file: string): Promise<string> => {
    await copyFile(kept, file, constants.COPYFILE_FICLONE);
    truncateSync(file, half);
    return file;
  };
  const resumed = await compete({
    set: `resume: half of ${twice}`,
    rounds,
    contenders: [
      {
        name: 'ours',
        async commands() {
          const file = fresh('half');
          await broken(`${file}.partial`);
          const { testbed } = all;
          return [ours(['export', file, '--resume', '--kubeconfig', testbed.kubeconfig, '--quiet'])];
        },
      },
      { name: 'export anew', commands: () => [exportTo(fresh('anew'), all)] },
      {
        name: 'reading that half once, export of the rest',
        async commands() {
          const read = { program: 'openssl', args: ['dgst', '-sha256', await broken(fresh('read'))] };
          return [read, exportTo(fresh('rest'), rest)];
        },
      },
    ],
    goals: { 'export anew': 1, 'reading that half once, export of the rest': 1.05 },
  });
  return [...parts, ...ontoMedium, ...verified, ...resumed];
}
