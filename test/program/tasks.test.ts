import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isTrue } from '../../src/sandbox/controllers/conditions.ts';
import { listAll } from '../../src/sandbox/controllers/list.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';
import type { Stage } from '../support/embedded.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { runProgram } from '../support/program.ts';

describe('tasks that have ended', () => {
  let pair: Pair;
  let source: Stage;
  let target: Stage;
  let archive: string;

  beforeAll(async () => {
    pair = await startPair();
    ({ source, target, archive } = pair);
  }, 60_000);
  afterAll(() => pair?.stop());

  const on = () => ['--kubeconfig', target.kubeconfigFile, '--yes', '-o', 'json', '--wait-timeout', '60s'];
  async function restore(...flags: string[]) {
    const map = ['--registry-map', `${source.registry.host}/=${target.registry.host}/`];
    const { code, stdout, stderr } = await runProgram(['restore', archive, ...on(), ...map, ...flags]);
    const result = JSON.parse(stdout || '{}');
    expect({ code, losses: result.losses, differs: result.differs }, stderr).toEqual({
      code: 0,
      losses: [],
      differs: [],
    });
    await target.settle();
    return result;
  }
  const tasks = (stage: Stage) => listAll(stage.cluster, KINDS.CFTask);

  it('stay in the archive unless asked for', async () => {
    await restore();
    expect(await tasks(target)).toEqual([]);
    expect(await tasks(source)).not.toEqual([]);
  });

  it('come back as history, and nothing runs', async () => {
    const { objects, journal } = await restore('--tasks', 'history');
    const [was, is] = await Promise.all([tasks(source), tasks(target)]);
    expect(objects.CFTask).toEqual({ created: was.length });
    expect(is.map(({ metadata }) => metadata.name).sort()).toEqual(
      was.map(({ metadata }) => metadata.name).sort(),
    );
    for (const task of is) {
      expect([isTrue(task, 'Succeeded'), isTrue(task, 'Failed')]).toEqual([true, false]);
      const app = await target.cluster.get(KINDS.CFApp, task.metadata.namespace, task.spec.appRef.name);
      expect(task.metadata.ownerReferences?.map(({ uid }) => uid)).toEqual([app?.metadata.uid]);
      expect(task.status.dropletRef).toEqual(
        was.find(({ metadata }) => metadata.name === task.metadata.name)?.status.dropletRef,
      );
    }
    expect(await listAll(target.cluster, KINDS.TaskWorkload)).toEqual([]);
    expect(target.activity.of('task-run')).toEqual([]);
    const map = ['--registry-map', `${source.registry.host}/=${target.registry.host}/`];
    const compare = ['diff', archive, '--kubeconfig', target.kubeconfigFile, ...map];
    expect((await runProgram([...compare, '--tasks', 'history'])).code).toBe(0);
    const [first] = is;
    await target.cluster.delete(KINDS.CFTask, first?.metadata.namespace, first?.metadata.name ?? '');
    const lacking = await runProgram([...compare, '--tasks', 'history', '-o', 'json']);
    expect(JSON.parse(lacking.stdout).missing).toEqual([
      { subject: `CFTask ${first?.metadata.namespace}/${first?.metadata.name}` },
    ]);
    expect((await runProgram(compare)).code).toBe(0);
    const mended = await restore('--tasks', 'history');
    expect(mended.objects.CFTask).toMatchObject({ created: 1 });
    for (const one of [mended.journal, journal])
      expect((await runProgram(['undo', one, ...on()])).code).toBe(0);
    expect(await tasks(target)).toEqual([]);
  });
});
