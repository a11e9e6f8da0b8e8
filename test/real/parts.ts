import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { View } from '../../src/sandbox/compare/view.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';
import { runProgram } from '../support/program.ts';
import type { RealStage } from '../support/real-stage.ts';

/** What is chosen, compared and updated of a foundation that was restored before. */
export function parts(stage: () => RealStage): void {
  /** A command about an archive and the target, with maps and keys as a restore has them. */
  async function onTarget(command: string, archive: string, ...flags: string[]) {
    const { source, target, identity, logins } = stage();
    const map = `${source.registry.host}/=${target.registry.host}/`;
    const on = ['--kubeconfig', target.testbed.kubeconfig, '--identity', identity, '--registry-map', map];
    const { code, stdout, stderr } = await runProgram([command, archive, ...on, '-o', 'json', ...flags], {
      env: { DOCKER_CONFIG: logins },
    });
    expect(stdout, stderr).not.toBe('');
    return { code, result: JSON.parse(stdout) };
  }

  describe('a restored foundation, compared with its archive', () => {
    it('is the same, image by image', async () => {
      const { code, result } = await onTarget('diff', stage().archive);
      const { missing, extra, different, images } = result;
      expect({ code, missing, extra, different, images }).toEqual({
        code: 0,
        missing: [],
        extra: [],
        different: [],
        images: [],
      });
    });

    it('differs in what somebody changed, until an update writes this field and no other', async () => {
      const { cluster } = stage().target;
      const [process] = (await View.of(cluster)).all(KINDS.CFProcess);
      const { namespace = '', name = '' } = process?.metadata ?? {};
      const wanted = process?.spec.desiredInstances;
      const body = { spec: { desiredInstances: 7 } };
      const changed = await cluster.patch(KINDS.CFProcess, namespace, name, { type: 'merge', body });
      const subject = `CFProcess ${namespace}/${name}`;
      const fields = [{ path: 'spec.desiredInstances', archive: wanted, cluster: 7 }];
      const { code, result } = await onTarget('diff', stage().archive);
      expect({ code, different: result.different }).toEqual({ code: 1, different: [{ subject, fields }] });
      const updated = await onTarget('restore', stage().archive, '--yes', '--on-existing', 'update');
      expect(updated.result).toMatchObject({
        losses: [],
        differs: [],
        objects: { CFProcess: { updated: 1 } },
      });
      const live = await cluster.get(KINDS.CFProcess, namespace, name);
      expect(live?.spec).toEqual(process?.spec);
      expect(live?.metadata.generation).toBe(Number(changed.metadata.generation) + 1);
    });
  });

  describe('a part of a foundation on real servers', () => {
    it('is exported with what it needs and nothing else, and is there already', async () => {
      const { source, recipient } = stage();
      const archive = join(source.testbed.directory, 'part.tar');
      const [app] = (await View.of(source.cluster)).all(KINDS.CFApp);
      const args = ['export', archive, '--kubeconfig', source.testbed.kubeconfig, '--recipient', recipient];
      const { code, stdout, stderr } = await runProgram([
        ...args,
        '--app',
        app?.metadata.name ?? '',
        '-o',
        'json',
      ]);
      expect(code, stderr).toBe(0);
      const { objects, losses, selection } = JSON.parse(stdout);
      expect({ losses, leftOut: selection.leftOut, orgs: objects.CFOrg }).toEqual({
        losses: [],
        leftOut: [],
        orgs: 1,
      });
      const restored = await onTarget('restore', archive, '--yes');
      const outcomes = Object.values<object>(restored.result.objects).flatMap(counts => Object.keys(counts));
      expect({ code: restored.code, outcomes: [...new Set(outcomes)] }).toEqual({
        code: 0,
        outcomes: ['unchanged'],
      });
      expect((await onTarget('diff', archive)).code).toBe(0);
    });

    it('that names what is not there is refused', async () => {
      const { target, archive, identity } = stage();
      const on = ['--kubeconfig', target.testbed.kubeconfig, '--identity', identity, '--yes'];
      const { code, stderr } = await runProgram(['restore', archive, ...on, '--org', 'nowhere']);
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringContaining('there is no org "nowhere"'),
      });
    });
  });

  it('the archive of real servers can be rehearsed', async () => {
    const { archive, identity } = stage();
    const { code, stdout } = await runProgram(['rehearse', archive, '--identity', identity, '-o', 'json']);
    const { restore, problems } = JSON.parse(stdout);
    expect({ code, losses: restore.losses, problems }).toEqual({ code: 0, losses: [], problems: [] });
  });
}
