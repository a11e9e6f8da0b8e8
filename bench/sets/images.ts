import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type RealRegistry, startRegistry } from '../../test/testbed/testbed.ts';
import { type Contender, compete, type Row } from '../compare.ts';
import { type Foundation, nameImages, startFoundation } from '../foundation.ts';
import { type BenchImage, type ImageSet, pushImages } from '../images.ts';
import { measure } from '../measure.ts';
import { crane, hasSkopeo, skopeo } from '../peers.ts';
import { exportTo, restoreFrom, type Setting } from '../setting.ts';

const MiB = 1024 ** 2;

interface NamedSet extends ImageSet {
  readonly name: string;
  readonly rounds: number;
  readonly skopeoGoal: number;
  readonly craneGoals: { readonly export: number; readonly restore: number };
}

function sets(quick: boolean): NamedSet[] {
  const goals = (exported: number, restored: number) => ({
    skopeoGoal: 0.5,
    craneGoals: { export: exported, restore: restored },
  });
  return [
    {
      name: `1 image, 16 × ${quick ? 16 : 64} MiB`,
      ...{ images: 1, layers: 16, layerBytes: (quick ? 16 : 64) * MiB, rounds: quick ? 1 : 5 },
      ...goals(0.8, 1),
    },
    {
      name: `${quick ? 10 : 40} images sharing 60 %`,
      // Of each image's 10 layers of 1 MiB, 6 are the same in all.
      ...{ images: quick ? 10 : 40, layers: 4, shared: 6, layerBytes: MiB, rounds: quick ? 1 : 3 },
      ...goals(0.8, 0.9),
    },
    {
      name: `${quick ? 30 : 300} images, 2 × 40 KiB`,
      ...{ images: quick ? 30 : 300, layers: 2, layerBytes: 40 * 1024, rounds: quick ? 1 : 3 },
      ...goals(0.6, 0.8),
    },
  ];
}

/** Images from a registry into one file, and back into an empty one. */
export async function images(setting: Setting): Promise<Row[]> {
  const rows: Row[] = [];
  const target = await startFoundation();
  setting.cleanUp(() => target.stop());
  for (const set of sets(setting.quick)) {
    // Each set has a source of its own, so that an export has these images and no others.
    const registry = await startRegistry();
    const source = await startFoundation();
    try {
      setting.say(`making ${set.name}`);
      const made = await pushImages(registry.url, 'bench/images', set);
      await nameImages(source, registry.host, made);
      setting.say(`export and restore of ${set.name}`);
      rows.push(...(await exports(setting, set, source, registry, made)));
      rows.push(...(await restores(setting, set, source, target, registry, made)));
    } finally {
      await source.stop();
      await registry.stop();
      rmSync(setting.directory, { recursive: true, force: true });
      mkdirSync(setting.directory);
    }
  }
  return rows;
}

function exports(
  { directory }: Setting,
  { name, rounds, skopeoGoal, craneGoals }: NamedSet,
  source: Foundation,
  { host }: RealRegistry,
  made: readonly BenchImage[],
): Promise<Row[]> {
  const output = join(directory, 'images');
  const fresh = (): string => {
    rmSync(output, { recursive: true, force: true });
    mkdirSync(output);
    return output;
  };
  const references = made.map(({ path, tag }) => `${host}/${path}:${tag}`);
  const contenders: [Contender, ...Contender[]] = [
    { name: 'ours', commands: () => [exportTo(join(fresh(), 'backup.tar'), source)] },
    {
      name: 'crane pull',
      commands: () => [crane('pull', '--format=tarball', ...references, join(fresh(), 'all.tar'))],
    },
  ];
  if (hasSkopeo()) {
    contenders.push({
      name: 'skopeo copy',
      commands() {
        const folder = fresh();
        return references.map((reference, index) => skopeo(reference, join(folder, `${index}.tar`)));
      },
    });
  }
  return compete({
    set: `export: ${name}`,
    rounds,
    contenders,
    goals: { 'crane pull': craneGoals.export, 'skopeo copy': skopeoGoal },
  });
}

async function restores(
  { directory }: Setting,
  { name, rounds, craneGoals }: NamedSet,
  source: Foundation,
  target: Foundation,
  { host }: RealRegistry,
  made: readonly BenchImage[],
): Promise<Row[]> {
  const archive = join(directory, 'backup.tar');
  const tarballs = made.map(({ path, tag }, index) => ({
    from: `${host}/${path}:${tag}`,
    file: join(directory, `${index}.tar`),
    to: `${path}:${tag}`,
  }));
  await measure([exportTo(archive, source)]);
  await measure(tarballs.map(({ from, file }) => crane('pull', '--format=tarball', from, file)));
  const empty = await startRegistry();
  const fresh = () => rmSync(join(empty.directory, 'docker'), { recursive: true, force: true });
  try {
    return await compete({
      set: `restore: ${name}`,
      rounds,
      contenders: [
        {
          name: 'ours',
          commands() {
            fresh();
            return [restoreFrom(archive, target, host, empty.host)];
          },
        },
        {
          name: 'crane push',
          commands() {
            fresh();
            return tarballs.map(({ file, to }) => crane('push', file, `${empty.host}/${to}`));
          },
        },
      ],
      goals: { 'crane push': craneGoals.restore },
    });
  } finally {
    await empty.stop();
  }
}
