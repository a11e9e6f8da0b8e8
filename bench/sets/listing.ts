import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { program } from '../../test/testbed/programs.ts';
import { compete, type Row } from '../compare.ts';
import { FILLED_KINDS, fill, startFoundation } from '../foundation.ts';
import { exportTo, type Setting } from '../setting.ts';

/** A foundation of many objects and no images: all that is measured is how objects are listed and packed. */
export async function listing({ quick, directory, cleanUp, say }: Setting): Promise<Row[]> {
  const objects = quick ? 4000 : 20_000;
  const foundation = await startFoundation();
  cleanUp(() => foundation.stop());
  say(`making ${objects} objects`);
  await fill(foundation, objects);
  const { kubeconfig } = foundation.testbed;
  const output = join(directory, 'listing');
  const archive = `${output}.tar`;
  const kubectl = (...args: string[]) => ({
    program: program('kubectl'),
    args: ['--kubeconfig', kubeconfig, '--cache-dir', join(directory, 'kubectl'), ...args],
    output,
  });
  return compete({
    set: `export of ${objects} objects`,
    rounds: quick ? 1 : 5,
    contenders: [
      {
        name: 'ours',
        commands() {
          rmSync(archive, { force: true });
          return [exportTo(archive, foundation)];
        },
      },
      {
        name: 'kubectl get -o json',
        commands: () => [
          kubectl(
            'get',
            FILLED_KINDS.map(({ plural, group }) => `${plural}.${group}`).join(),
            '-A',
            '-o',
            'json',
          ),
        ],
      },
      {
        name: 'kubectl get --raw',
        commands: () =>
          FILLED_KINDS.map(({ plural, group, version }) =>
            kubectl('get', '--raw', `/apis/${group}/${version}/${plural}`),
          ),
      },
    ],
    goals: { 'kubectl get -o json': 0.2, 'kubectl get --raw': 1.5 },
  });
}
