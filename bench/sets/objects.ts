import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeObject } from '../../src/base/object.ts';
import { program } from '../../test/testbed/programs.ts';
import { compete, type Row } from '../compare.ts';
import { FILLED_KINDS, type Foundation, fill, namespaces, startFoundation } from '../foundation.ts';
import { type Command, measure } from '../measure.ts';
import { exportTo, restoreObjects, type Setting } from '../setting.ts';

/** Objects, no images and no controllers that anybody would wait for: how fast a restore makes them. */
export async function objects(setting: Setting): Promise<Row[]> {
  const { quick, directory, cleanUp, say } = setting;
  const number = quick ? 2000 : 10_000;
  const source = await startFoundation();
  cleanUp(() => source.stop());
  say(`making ${number} objects`);
  await fill(source, number);
  const archive = join(directory, 'objects.tar');
  const list = join(directory, 'objects.json');
  await measure([exportTo(archive, source)]);
  writeFileSync(list, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: await plain(source) }));
  /** Whoever writes gets an empty foundation; a used one is a little slower. */
  const intoEmpty = (write: (target: Foundation) => Command) => async () => {
    const target = await startFoundation();
    cleanUp(() => target.stop());
    return [write(target)];
  };
  return compete({
    set: `restore of ${number} objects`,
    rounds: 1,
    contenders: [
      { name: 'ours', commands: intoEmpty(target => restoreObjects(archive, target)) },
      { name: '32 connections', commands: intoEmpty(target => postInto(list, target)) },
      {
        name: 'kubectl create -f',
        commands: intoEmpty(({ testbed }) => ({
          program: program('kubectl'),
          args: ['--kubeconfig', testbed.kubeconfig, 'create', '-f', list],
        })),
      },
    ],
    goals: { '32 connections': 1.25, 'kubectl create -f': 0.33 },
  });
}

function postInto(list: string, { testbed }: Foundation): Command {
  return {
    program: process.execPath,
    args: [join(import.meta.dirname, '../post.ts'), testbed.kubeconfig, list],
  };
}

/** The objects as somebody would write them down, their namespaces first. */
async function plain({ cluster }: Foundation): Promise<KubeObject[]> {
  const items: KubeObject[] = namespaces();
  for (const resource of FILLED_KINDS) {
    for await (const page of cluster.list(resource)) {
      for (const { apiVersion, kind, metadata, spec } of page) {
        const { name, namespace = '', labels = {}, annotations = {} } = metadata;
        items.push({ apiVersion, kind, metadata: { name, namespace, labels, annotations }, spec });
      }
    }
  }
  return items;
}
