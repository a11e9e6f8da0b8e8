import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareFoundations } from '../../src/sandbox/compare.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';
import { runProgram, startProgram } from '../support/program.ts';
import { type RealStage, startRealStage } from '../support/real-stage.ts';
import { snapshot } from '../support/real-view.ts';

let stage: RealStage;
/** UIDs of all that the target had before the restore. */
let before: Map<string, string>;

beforeAll(async () => {
  stage = await startRealStage();
  before = await uids();
  const { source, archive, recipient } = stage;
  const args = ['export', archive, '--kubeconfig', source.testbed.kubeconfig, '--recipient', recipient];
  const { code, stderr } = await runProgram(args);
  expect(code, stderr).toBe(0);
});
afterAll(() => stage?.stop());

async function uids() {
  const all = await snapshot(stage.target.cluster);
  return new Map([...all].map(([key, { uid }]) => [key, uid]));
}

async function lease(): Promise<string | undefined> {
  const live = await stage.target.cluster.get(KINDS.Lease, 'kube-system', 'asa-backup');
  return live?.spec.holderIdentity;
}

describe('a restore on real servers', () => {
  let journal: string;

  it('is asked about by a dry run of the server, which stores nothing', async () => {
    const { code, stdout, stderr } = await stage.restore(['--dry-run=server']);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout).notes.at(-1)).toMatch(/^the API server would take [1-9]\d* objects/);
    expect(await uids()).toEqual(before);
  });

  it('goes on after it was killed, and comes to the same end', async () => {
    const { source, target, archive, identity, logins } = stage;
    const map = `${source.registry.host}/=${target.registry.host}/`;
    const args = ['restore', archive, '--kubeconfig', target.testbed.kubeconfig, '--identity', identity];
    const run = startProgram([...args, '--registry-map', map, '--yes', '--progress', 'json'], {
      env: { DOCKER_CONFIG: logins },
    });
    let seen = '';
    run.stderr?.on('data', chunk => {
      seen += chunk;
      if (/"object-done","kind":"CFSpace"/.test(seen)) run.kill('SIGKILL');
    });
    await new Promise(resolve => run.on('close', resolve));
    expect(await lease()).toContain(`/${run.pid}/`);
    const again = await runProgram(['restore', '--resume', '-o', 'json'], { env: { DOCKER_CONFIG: logins } });
    const { losses, differs, ...result } = JSON.parse(again.stdout || '{}');
    expect({ code: again.code, losses, differs }, again.stderr).toEqual({ code: 0, losses: [], differs: [] });
    journal = result.journal;
    expect(await lease()).toBeUndefined();
    await target.settle();
    const { differences, problems } = await compareFoundations(source, target);
    expect({ differences, problems }).toEqual({ differences: [], problems: [] });
  });

  it('is refused while another one is under way', async () => {
    const { target } = stage;
    const now = new Date().toISOString().replace('Z', '000Z');
    const metadata = { namespace: 'kube-system', name: 'asa-backup' };
    const spec = { holderIdentity: 'bob@elsewhere/1/x/y', leaseDurationSeconds: 30, renewTime: now };
    await target.cluster.create(KINDS.Lease, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata,
      spec,
    });
    const { code, stderr } = await stage.restore(['--yes']);
    await target.cluster.delete(KINDS.Lease, 'kube-system', 'asa-backup');
    expect({ code, stderr }).toEqual({ code: 5, stderr: expect.stringContaining('run by bob@elsewhere') });
  });

  it('is taken back: the target is as it was, and no image is deleted', async () => {
    const { target } = stage;
    const args = ['undo', journal, '--kubeconfig', target.testbed.kubeconfig, '--yes', '-o', 'json'];
    const { code, stdout, stderr } = await runProgram([...args, '--wait-timeout', '3m']);
    expect({ code, losses: JSON.parse(stdout || '{}').losses }, stderr).toEqual({ code: 0, losses: [] });
    await target.settle();
    expect(await uids()).toEqual(before);
    expect(target.activity.of('image-deleted')).toEqual([]);
  });
});
