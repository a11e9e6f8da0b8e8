import { join } from 'node:path';
import { writeHollow, writeNoise } from '../archives.ts';
import { compete, type Row } from '../compare.ts';
import { ours, type Setting } from '../setting.ts';

const MiB = 1024 ** 2;

/** Checking an archive against reading it with sha256sum; looking into one of 20 GiB against an empty Node.js program. */
export async function archives({ quick, directory, say }: Setting): Promise<Row[]> {
  const [noise, hollow] = [join(directory, 'noise.tar'), join(directory, 'hollow.tar')];
  say('writing archives');
  const layerBytes = (quick ? 16 : 128) * MiB;
  await writeNoise(noise, 8, layerBytes);
  await writeHollow(hollow, 2048, 10 * MiB);
  // The same with the processor's own instructions for it, which coreutils do not use everywhere.
  const openssl = {
    name: 'openssl dgst',
    commands: () => [{ program: 'openssl', args: ['dgst', '-sha256', noise] }],
  };
  const sum = { name: 'sha256sum', commands: () => [{ program: 'sha256sum', args: [noise] }] };
  const node = { name: 'node -e 0', commands: () => [{ program: process.execPath, args: ['-e', '0'] }] };
  const rounds = quick ? 2 : 7;
  return [
    ...(await compete({
      set: `verify, ${(8 * layerBytes) / MiB} MiB`,
      rounds,
      contenders: [{ name: 'ours', commands: () => [ours(['verify', '--quiet', noise])] }, sum, openssl],
      // 1.5 times as fast.
      goals: { [sum.name]: 0.67 },
    })),
    ...(await compete({
      set: 'inspect, 20 GiB',
      rounds,
      contenders: [{ name: 'ours', commands: () => [ours(['inspect', hollow])] }, node],
      goals: {},
    })),
  ];
}
