import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Contender, compete, type Row } from '../compare.ts';
import { type Foundation, nameImages, startFoundation } from '../foundation.ts';
import { type BenchImage, type ImageSet, pushImages } from '../images.ts';
import { measure } from '../measure.ts';
import { crane, hasSkopeo, skopeo } from '../peers.ts';
import { type BenchRegistry, startBenchRegistry, type Way } from '../registries.ts';
import { exportTo, restoreFrom, type Setting } from '../setting.ts';

const MiB = 1024 ** 2;

interface NamedSet extends ImageSet {
  readonly name: string;
  readonly way: Way;
  readonly rounds: number;
  /** Against crane pull, crane push and skopeo copy, which takes minutes where latency counts. */
  readonly goals: { readonly export: number; readonly restore: number; readonly skopeo?: number };
}

function near(quick: boolean): NamedSet[] {
  const big = { images: 1, layers: 16, layerBytes: (quick ? 16 : 64) * MiB, rounds: quick ? 1 : 5 };
  const bigName = `1 image, 16 × ${quick ? 16 : 64} MiB`;
  return [
    { name: bigName, way: 'loopback', ...big, goals: { export: 0.8, restore: 1, skopeo: 0.5 } },
    { name: `${bigName}, TLS`, way: 'TLS', ...big, goals: { export: 0.8, restore: 1 } },
    {
      name: `${quick ? 10 : 40} images sharing 60 %`,
      way: 'loopback',
      // Of each image's 10 layers of 1 MiB, 6 are the same in all.
      ...{ images: quick ? 10 : 40, layers: 4, shared: 6, layerBytes: MiB, rounds: quick ? 1 : 3 },
      goals: { export: 0.8, restore: 0.9, skopeo: 0.5 },
    },
    {
      name: `${quick ? 30 : 300} images, 2 × 40 KiB`,
      way: 'loopback',
      ...{ images: quick ? 30 : 300, layers: 2, layerBytes: 40 * 1024, rounds: quick ? 1 : 3 },
      goals: { export: 0.6, restore: 0.8, skopeo: 0.5 },
    },
  ];
}

function distant(quick: boolean): NamedSet[] {
  const way = { way: 'far', rounds: 1 } as const;
  return [
    {
      name: `1 image, 16 × ${quick ? 4 : 64} MiB, far`,
      ...{ ...way, images: 1, layers: 16, layerBytes: (quick ? 4 : 64) * MiB },
      goals: { export: 0.22, restore: 0.7 },
    },
    {
      name: `1 layer of ${quick ? 96 : 1536} MiB, far`,
      ...{ ...way, images: 1, layers: 1, layerBytes: (quick ? 96 : 1536) * MiB },
      goals: { export: 0.2, restore: 1 },
    },
    {
      name: `${quick ? 10 : 300} images, 2 × 40 KiB, far`,
      ...{ ...way, images: quick ? 10 : 300, layers: 2, layerBytes: 40 * 1024 },
      goals: { export: 0.06, restore: 0.2 },
    },
  ];
}

/** Images from a registry into one file, and back into an empty one. */
export function images(setting: Setting): Promise<Row[]> {
  return measureSets(setting, near(setting.quick));
}

/** The same with registries that are 20 ms away and give each connection 50 MB/s. */
export function far(setting: Setting): Promise<Row[]> {
  return measureSets(setting, distant(setting.quick));
}

async function measureSets(setting: Setting, sets: readonly NamedSet[]): Promise<Row[]> {
  const rows: Row[] = [];
  const target = await startFoundation();
  setting.cleanUp(() => target.stop());
  for (const set of sets) {
    // Each set has a source of its own, so that an export has these images and no others.
    const registry = await startBenchRegistry(set.way, join(setting.directory, 'source'));
    const source = await startFoundation();
    try {
      setting.say(`making ${set.name}`);
      const made = await pushImages(registry.origin.url, 'bench/images', set);
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
  { name, way, rounds, goals }: NamedSet,
  source: Foundation,
  { host, ca }: BenchRegistry,
  made: readonly BenchImage[],
): Promise<Row[]> {
  const output = join(directory, 'images');
  const fresh = (): string => {
    rmSync(output, { recursive: true, force: true });
    mkdirSync(output);
    return output;
  };
  const references = made.map(({ path, tag }) => `${host}/${path}:${tag}`);
  const pull = () => crane(ca, 'pull', '--format=tarball', ...references, join(fresh(), 'all.tar'));
  const contenders: [Contender, ...Contender[]] = [
    { name: 'ours', commands: () => [exportTo(join(fresh(), 'backup.tar'), source, ca)] },
    { name: 'crane pull', commands: () => [pull()] },
  ];
  if (way !== 'far') {
    const synced = { program: 'sync', args: [join(output, 'all.tar')] };
    contenders.push({ name: 'crane pull, sync', commands: () => [pull(), synced] });
  }
  if (goals.skopeo !== undefined && hasSkopeo()) {
    const archives = references.map((_, index) => join(output, `${index}.tar`));
    const copy = () => {
      fresh();
      return references.map((reference, index) => skopeo(reference, archives[index] ?? ''));
    };
    contenders.push({ name: 'skopeo copy', commands: copy });
    contenders.push({
      name: 'skopeo copy, sync',
      commands: () => [...copy(), { program: 'sync', args: archives }],
    });
  }
  return compete({
    set: `export: ${name}`,
    rounds,
    contenders,
    goals: {
      'crane pull': goals.export,
      'crane pull, sync': goals.export,
      ...(goals.skopeo !== undefined && {
        'skopeo copy': goals.skopeo,
        'skopeo copy, sync': goals.skopeo,
      }),
    },
  });
}

async function restores(
  { directory }: Setting,
  { name, way, rounds, goals }: NamedSet,
  source: Foundation,
  target: Foundation,
  { host, ca, origin }: BenchRegistry,
  made: readonly BenchImage[],
): Promise<Row[]> {
  const archive = join(directory, 'backup.tar');
  const tarballs = made.map(({ path, tag }, index) => ({
    from: `${origin.host}/${path}:${tag}`,
    file: join(directory, `${index}.tar`),
    to: `${path}:${tag}`,
  }));
  await measure([exportTo(archive, source, ca)]);
  await measure(tarballs.map(({ from, file }) => crane(undefined, 'pull', '--format=tarball', from, file)));
  const empty = await startBenchRegistry(way, join(directory, 'target'));
  const fresh = () => rmSync(join(empty.origin.directory, 'docker'), { recursive: true, force: true });
  try {
    return await compete({
      set: `restore: ${name}`,
      rounds,
      contenders: [
        {
          name: 'ours',
          commands() {
            fresh();
            return [restoreFrom(archive, target, host, empty.host, empty.ca)];
          },
        },
        {
          name: 'crane push',
          commands() {
            fresh();
            return tarballs.map(({ file, to }) => crane(empty.ca, 'push', file, `${empty.host}/${to}`));
          },
        },
      ],
      goals: { 'crane push': goals.restore },
    });
  } finally {
    await empty.stop();
  }
}
