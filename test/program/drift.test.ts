import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toDigest } from '../../src/base/digest.ts';
import { View } from '../../src/sandbox/compare/view.ts';
import { KINDS } from '../../src/sandbox/kinds.ts';
import { type Effect, expired, forbidden } from '../faults/apiserver.ts';
import { type Stage, startStage, TINY } from '../support/embedded.ts';
import { outcomeOf, runProgram, startProgram } from '../support/program.ts';

describe('what changes while a foundation is exported', () => {
  let source: Stage;
  let archive: string;
  beforeAll(async () => {
    source = await startStage({ name: 'source', landscape: TINY });
    archive = join(source.directory, 'drifted.tar');
  }, 60_000);
  afterAll(() => source?.stop());

  const exporting = () =>
    startProgram([
      ...['export', archive, '--overwrite', '--kubeconfig', source.kubeconfigFile, '--plaintext-secrets'],
      ...['--progress', 'json', '-o', 'json'],
    ]);

  const watches = (plural: string) => (call: { path: string; query: URLSearchParams }) =>
    call.query.has('watch') && call.path.endsWith(`/${plural}`);

  /** Exports, and does something once all objects are listed. */
  async function exportWhile(work: () => Promise<unknown>) {
    const run = exporting();
    let [seen, done] = ['', false];
    source.faults.registry({ kind: 'drip', bytes: 1024, delayMs: 50, on: /^GET .*droplets\/blobs/ });
    run.stderr?.on('data', chunk => {
      seen += chunk;
      if (done || !/"phase":"write"/.test(seen)) return;
      done = true;
      void work();
    });
    const { code, stdout, stderr } = await outcomeOf(run);
    source.faults.clear();
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as { drift: string[]; notes: string[] };
  }

  it('is named in the result, in the seal, and by whoever verifies', async () => {
    const { cluster } = source;
    const view = await View.of(cluster);
    const [app] = view.all(KINDS.CFApp);
    const [route] = view.all(KINDS.CFRoute);
    const { namespace, name } = app?.metadata ?? { name: '' };
    const { drift } = await exportWhile(async () => {
      await cluster.patch(KINDS.CFApp, namespace, name, {
        type: 'merge',
        body: { metadata: { labels: { changed: 'yes' } } },
      });
      await cluster.delete(KINDS.CFRoute, route?.metadata.namespace, route?.metadata.name ?? '');
    });
    expect(drift).toContain(`CFApp ${namespace}/${name}`);
    expect(drift).toContain(`CFRoute ${route?.metadata.namespace}/${route?.metadata.name}`);
    // What controllers make of it is not in a backup, and so not among it.
    expect(drift.filter(subject => /^(Lease|HTTPProxy|StatefulSet|AppWorkload) /.test(subject))).toEqual([]);
    expect((await readFile(archive)).toString('latin1')).toContain(`"drift":${JSON.stringify(drift)}`);
    const verified = await runProgram(['verify', archive, '-o', 'json']);
    expect(JSON.parse(verified.stdout).drift).toEqual(drift);
    expect((await runProgram(['verify', archive])).stdout).toContain(
      'changed while the backup was made: CFApp',
    );
  });

  it('is nothing when nothing changes', async () => {
    await source.settle();
    expect((await exportWhile(async () => undefined)).drift).toEqual([]);
  });

  it('does not hold an export up, though something changes all the time', async () => {
    const restless: Effect = async ({ query }) => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '',
      stream: async (write, closed) => {
        const end = Date.now() + Number(query.get('timeoutSeconds')) * 1000;
        for (; Date.now() < end && !closed.aborted; await sleep(30)) write('\n');
      },
    });
    source.faults.api.add(watches('configmaps'), restless);
    const begun = Date.now();
    const { code } = await outcomeOf(exporting());
    expect({ code, isSoon: Date.now() - begun < 15_000 }).toEqual({ code: 0, isSoon: true });
  });

  it('is told to be unknown where it cannot be asked', async () => {
    source.faults.api.add(watches('cfapps'), expired);
    source.faults.api.add(watches('cforgs'), forbidden('cforgs', 'korifi.cloudfoundry.org'));
    const { code, stdout, stderr } = await outcomeOf(exporting());
    expect({ code, drift: JSON.parse(stdout).drift }).toEqual({ code: 0, drift: [] });
    for (const kind of ['CFApp', 'CFOrg'])
      expect(stderr).toContain(`whether ${kind} changed during the backup cannot be told`);
  });

  it('explains an image that Korifi deletes meanwhile', async () => {
    const { cluster } = source;
    const [build] = (await View.of(cluster)).all(KINDS.CFBuild);
    const { namespace, name } = build?.metadata ?? { name: '' };
    const image = String(build?.status?.droplet.registry.image);
    const [path = '', digest] = image.slice(image.indexOf('/') + 1).split('@');
    const clean = (at: string) => {
      void cluster.delete(KINDS.CFBuild, namespace, name);
      source.registry.deleteManifest(path, toDigest(digest ?? ''));
      return `${at}?again`;
    };
    const on = new RegExp(`manifests/${digest}$`);
    source.faults.registry({ kind: 'redirect', on, times: 1, to: clean });
    const { code, stdout } = await outcomeOf(exporting());
    source.faults.clear();
    const { losses } = JSON.parse(stdout);
    const reason = expect.stringMatching(
      /404.*; what names it has changed since it was listed: Korifi deletes the images/,
    );
    const usedBy = [`CFBuild ${namespace}/${name}`];
    expect({ code, losses }).toEqual({
      code: 3,
      losses: [{ kind: 'image-missing', subject: image, reason, usedBy }],
    });
  });
});
