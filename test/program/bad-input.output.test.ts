import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stage, startStage, TINY } from '../support/embedded.ts';
import { failureOf, named } from '../support/failure.ts';
import { runInShell, runProgram } from '../support/program.ts';

let stage: Stage;
let directory: string;
let on: string[];

beforeAll(async () => {
  stage = await startStage({ name: 'source', landscape: TINY });
  directory = await mkdtemp(join(tmpdir(), 'asa-backup-output-'));
  on = ['--kubeconfig', stage.kubeconfigFile, '--plaintext-secrets'];
}, 60_000);
afterAll(async () => {
  await stage?.stop();
  await rm(directory, { recursive: true, force: true });
});

const names = () => ({ FOLDER: directory });
const left = async () => (await readdir(directory)).sort();
const failed = async (file: string) =>
  failureOf(await runProgram(['export', join(directory, file), ...on]), names());

describe('a place that cannot be written to', () => {
  it('is a file that exists: it is kept as it is', async () => {
    await writeFile(join(directory, 'kept'), 'precious');
    expect(await failed('kept')).toEqual({
      code: 5,
      says: ['error: FOLDER/kept: the file exists already', 'hint: choose another name, or pass --overwrite'],
    });
    expect(await readFile(join(directory, 'kept'), 'utf8')).toBe('precious');
  });

  it('is a folder', async () => {
    await mkdir(join(directory, 'folder'));
    expect(await failed('folder')).toEqual({
      code: 5,
      says: ['error: FOLDER/folder: it is a folder', 'hint: give the path of a file'],
    });
  });

  it('is in a folder that is not there', async () => {
    expect(await failed('missing/backup.tar')).toEqual({
      code: 1,
      says: [
        'error: FOLDER/missing/backup.tar: no such file or folder',
        "  because: ENOENT: no such file or directory, open 'FOLDER/missing/backup.tar.lock'",
        'hint: check the path',
      ],
    });
  });

  it('is below a file', async () => {
    const { code, says } = await failed('kept/backup.tar');
    expect({ code, error: says[0], hint: says.at(-1) }).toEqual({
      code: 1,
      error: 'error: FOLDER/kept/backup.tar: a part of the path is not a folder',
      hint: 'hint: check the path',
    });
  });

  it('lets nobody in, not even root', async () => {
    const { code, says } = failureOf(await runProgram(['export', '/sys/kernel/backup.tar', ...on]));
    expect({ code, error: says[0] }).toEqual({
      code: 1,
      error: expect.stringMatching(
        /^error: \/sys\/kernel\/backup\.tar: (permission denied|operation not permitted|the file system is read-only)$/,
      ),
    });
  });

  it('is a device', async () => {
    expect(failureOf(await runProgram(['export', '/dev/full', ...on]))).toEqual({
      code: 5,
      says: [
        'error: /dev/full: it is no regular file',
        'hint: write to standard output: export - > /dev/full',
      ],
    });
  });
});

describe('a disk that is full', () => {
  it('ends the export and frees what it took', async () => {
    const before = await left();
    // In units of 512 bytes or of 1 KiB, by the shell: the archive has 270 KiB.
    const outcome = await runInShell('ulimit -f 100 && exec', [
      'export',
      join(directory, 'limited.tar'),
      ...on,
    ]);
    const { code, says } = failureOf(outcome, names());
    expect({ code, says }).toEqual({
      code: 1,
      says: [
        expect.stringMatching(
          /^error: FOLDER\/limited\.tar: the file system takes no file of this size after \d+ of \d+ bytes$/,
        ),
        '  because: EFBIG: file too large, write',
        'hint: choose a place with another file system',
      ],
    });
    expect(await left()).toEqual(before);
  });

  it('on standard output ends the export', async () => {
    const outcome = await runInShell('exec >/dev/full; exec', ['export', '-', ...on]);
    expect(failureOf(outcome)).toEqual({
      code: 1,
      says: [
        'error: standard output: there is no space left',
        '  because: ENOSPC: no space left on device, write',
        'hint: free some space or choose another place',
      ],
    });
  });

  it('loses the report of a backup that is done, and says so', async () => {
    const archive = join(directory, 'done.tar');
    const outcome = await runInShell('exec >/dev/full; exec', ['export', archive, ...on]);
    expect(failureOf(outcome)).toEqual({
      code: 1,
      says: [
        'error: standard output: the result cannot be written: ENOSPC: no space left on device, write',
        'hint: what was done is done; only this report of it is lost',
      ],
    });
    expect((await runProgram(['verify', archive])).code).toBe(0);
  });
});

describe('a reader that goes away', () => {
  it('does not matter to a report', async () => {
    const { code, stderr } = await runInShell('exec >&-; exec', ['inspect', join(directory, 'done.tar')]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('ends an export that it was to read', async () => {
    const outcome = await runInShell(
      'set -o pipefail; exec 3>&1; { ',
      ['export', '-', ...on],
      '; } | head -c 1',
    );
    expect(outcome.code).not.toBe(0);
    expect(named(outcome.stderr, names())).toMatch(
      /error: standard output: whoever was to read the archive is gone/,
    );
  });
});
