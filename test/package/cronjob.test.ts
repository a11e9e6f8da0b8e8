import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { loadAll } from 'js-yaml';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Stage, startStage, TINY } from '../support/embedded.ts';
import { START } from '../support/program.ts';

interface CronJob {
  readonly kind: string;
  readonly spec: {
    jobTemplate: { spec: { template: { spec: { containers: { command: [string, ...string[]] }[] } } } };
  };
}

const RECIPIENT = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p';
const DAY_S = 86_400;

describe('docs/manifests/cronjob.yaml', () => {
  let folder: string;
  let stage: Stage;
  let mayList: (plural: string) => boolean;

  beforeEach(async () => {
    mayList = () => true;
    stage = await startStage({
      name: 'source',
      landscape: TINY,
      authorize: (_, { resource = '' }) => mayList(resource),
    });
    folder = await mkdtemp(join(tmpdir(), 'asa-backup-cronjob-'));
    await mkdir(join(folder, 'backups'));
    await mkdir(join(folder, 'keys'));
    await writeFile(join(folder, 'keys/recipients.txt'), `${RECIPIENT}\n`);
    const program = START.map(word => `'${word}'`).join(' ');
    await writeFile(join(folder, 'kubectl-asa_backup'), `#!/bin/sh\nexec ${program} "$@"\n`, { mode: 0o755 });
    for (const [name, days] of [
      ['old.tar', 20],
      ['failed.tar.partial', 20],
      ['recent.tar', 3],
    ] as const) {
      const file = join(folder, 'backups', name);
      await writeFile(file, '');
      await utimes(file, Date.now() / 1000 - days * DAY_S, Date.now() / 1000 - days * DAY_S);
    }
  });
  afterEach(async () => {
    await stage.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs what the container runs, with its volumes in a folder. */
  async function runJob(): Promise<{ code: number; kept: string[] }> {
    const manifests = loadAll(await readFile('docs/manifests/cronjob.yaml', 'utf8')) as CronJob[];
    const job = manifests.find(({ kind }) => kind === 'CronJob');
    const command = job?.spec.jobTemplate.spec.template.spec.containers[0]?.command;
    if (command === undefined) throw new Error('there is no container');
    const [shell, ...words] = command.map(word => word.replaceAll(/\/(backups|keys)\b/g, `${folder}/$1`));
    const env = {
      PATH: [folder, process.env.PATH].join(delimiter),
      KUBECONFIG: stage.kubeconfigFile,
    };
    const code = await new Promise<number>(done => {
      const child = execFile(shell ?? '', words, { env }, () => done(child.exitCode ?? -1));
    });
    const today = `${new Date().toISOString().slice(0, 10)}.tar`;
    const kept = await readdir(join(folder, 'backups'));
    return { code, kept: kept.map(file => file.replace(today, 'today.tar')).sort() };
  }

  it('keeps a new archive, and of the others those of two weeks', async () => {
    expect(await runJob()).toEqual({ code: 0, kept: ['recent.tar', 'today.tar'] });
  });

  it('does so when something could not be had, and fails then', async () => {
    mayList = plural => plural !== 'passwords';
    expect(await runJob()).toEqual({ code: 3, kept: ['recent.tar', 'today.tar'] });
  });

  it('keeps everything when there is no new archive', async () => {
    mayList = () => false;
    expect(await runJob()).toEqual({ code: 1, kept: ['failed.tar.partial', 'old.tar', 'recent.tar'] });
  });
});
