import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newIdentity } from '../../src/archive/age.ts';
import { openArchive } from '../../src/archive/reader.ts';
import { readObjects } from '../../src/archive/resources.ts';
import { secretOpener } from '../../src/archive/secrets.ts';
import type { KubeObject } from '../../src/base/object.ts';
import { SSH_KEYS } from '../archive/ssh-keys.ts';
import { type Stage, startStage, TINY } from '../support/embedded.ts';
import { failureOf } from '../support/failure.ts';
import { runProgram, runRaw } from '../support/program.ts';

describe('an archive that is written again', () => {
  let source: Stage;
  let target: Stage;
  let archive: string;
  let ours: { identity: string; recipient: string };
  let key: string;

  beforeAll(async () => {
    [source, target] = await Promise.all([
      startStage({ name: 'source', landscape: TINY }),
      startStage({ name: 'target' }),
    ]);
    ours = await newIdentity();
    key = join(source.directory, 'key.txt');
    await writeFile(key, `${ours.identity}\n`);
    archive = await made('encrypted.tar', '--recipient', ours.recipient);
  }, 60_000);
  afterAll(() => Promise.all([source?.stop(), target?.stop()]));

  async function made(name: string, ...flags: string[]): Promise<string> {
    const path = join(source.directory, name);
    const args = ['export', path, '--kubeconfig', source.kubeconfigFile, ...flags];
    expect((await runProgram(args)).code).toBe(0);
    return path;
  }

  async function contents(path: string, identities: readonly string[] = [], passphrase?: string) {
    const reader = await openArchive(path);
    const objects: KubeObject[] = [];
    try {
      const opener = await secretOpener(reader.head, { identities, ...(passphrase && { passphrase }) });
      for (const blob of reader.head.plan.resources) {
        for await (const object of readObjects(reader.head, blob, opener)) objects.push(object);
      }
    } finally {
      await reader.close();
    }
    return { plan: reader.head.plan, objects };
  }

  it('has its secrets for others, and the same objects and images', async () => {
    const output = join(source.directory, 'rekeyed.tar');
    const passphrase = { NEW_PASSPHRASE: 'correct horse' };
    const { code, stdout } = await runProgram(
      ['rekey', archive, '-i', key, '--new-passphrase-env', 'NEW_PASSPHRASE', '-o', output],
      { env: passphrase },
    );
    expect({ code, last: stdout.trimEnd().split('\n').at(-1) }).toEqual({
      code: 0,
      last: `rekeyed, to ${output}`,
    });
    expect((await stat(output)).mode & 0o777).toBe(0o600);
    const [before, after] = await Promise.all([
      contents(archive, [ours.identity]),
      contents(output, [], 'correct horse'),
    ]);
    expect(after.objects).toEqual(before.objects);
    expect(after.plan.layers).toEqual(before.plan.layers);
    expect(after.plan.images).toEqual(before.plan.images);
    const verified = await runProgram(['verify', output, '--passphrase-env', 'NEW_PASSPHRASE'], {
      env: passphrase,
    });
    expect(verified.code).toBe(0);
    await expect(contents(output, [ours.identity])).rejects.toMatchObject({ code: 'refused' });
  });

  it('may take the place of the old one when it is whole, and opens with a key of ssh', async () => {
    const copy = join(source.directory, 'in-place.tar');
    await writeFile(copy, await readFile(archive));
    const args = ['rekey', copy, '-i', key, '--recipient', SSH_KEYS.locked.line, '-o', copy];
    expect(failureOf(await runProgram(args), { COPY: copy })).toMatchObject({ code: 5 });
    expect((await runProgram([...args, '--overwrite'])).code).toBe(0);
    const identity = join(source.directory, 'id_ed25519');
    await writeFile(identity, SSH_KEYS.locked.text);
    const verify = ['verify', copy, '-i', identity, '--passphrase-fd', '3'];
    expect((await runProgram(verify, { pipes: ['correct horse\n'] })).code).toBe(0);
    expect(failureOf(await runProgram(verify, { pipes: ['wrong\n'] }))).toMatchObject({
      code: 2,
      says: ['error: the passphrase is not the one of this ssh key', expect.any(String)],
    });
  });

  it('keeps the old one when that is damaged', async () => {
    const path = join(source.directory, 'bent.tar');
    const bytes = await readFile(archive);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 40_000) ^ 1, bytes.length - 40_000);
    await writeFile(path, bytes);
    const args = ['rekey', path, '-i', key, '--recipient', ours.recipient, '-o', path, '--overwrite'];
    expect(failureOf(await runProgram(args))).toMatchObject({ code: 4 });
    expect((await readFile(path)).equals(bytes)).toBe(true);
  });

  it('has nothing secret and no images when it is redacted, from an archive or from the cluster', async () => {
    const redacted = join(source.directory, 'redacted.tar');
    const { code } = await runProgram(['redact', archive, '-i', key, '-o', redacted]);
    expect(code).toBe(0);
    const { objects } = await contents(archive, [ours.identity]);
    const secrets = objects.filter(({ kind }) => kind === 'Secret');
    const values = secrets.flatMap(({ data = {} }) => Object.values<string>(data));
    // Short ones are words that stand elsewhere too.
    const telling = values.flatMap(value => [value, Buffer.from(value, 'base64').toString()]);
    expect(secrets.length).toBeGreaterThan(3);
    for (const path of [redacted, await made('for-support.tar', '--redact')]) {
      const copy = await contents(path);
      expect(copy.plan).toMatchObject({ redacted: true, formatVersion: 2, images: [], layers: [] });
      const ids = (all: KubeObject[]) => all.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();
      expect(ids(copy.objects)).toEqual(ids(objects));
      const keys = ({ data = {} }: KubeObject) => Object.keys(data);
      const copied = copy.objects.filter(({ kind }) => kind === 'Secret');
      expect(copied.flatMap(keys).sort()).toEqual(secrets.flatMap(keys).sort());
      const text = JSON.stringify(copy.objects);
      expect(telling.filter(value => value.length > 15 && text.includes(value))).toEqual([]);
      expect((await runProgram(['verify', path])).code).toBe(0);
      const args = ['restore', path, '--kubeconfig', target.kubeconfigFile, '--yes'];
      expect(failureOf(await runProgram(args))).toEqual({
        code: 5,
        says: [
          'error: the archive is a redacted copy, without secrets and images',
          'hint: restore the archive that it was made of',
        ],
      });
    }
  });

  it('goes through pipes', async () => {
    const input = await readFile(archive);
    const { code, stdout } = await runRaw(['redact', '-', '-i', key, '-o', '-'], { input });
    expect({ code, starts: stdout.subarray(0, 10).toString() }).toEqual({ code: 0, starts: 'oci-layout' });
  });

  it('wants a passphrase where one was promised', async () => {
    const args = ['verify', archive, '--passphrase-env', 'NOT_SET'];
    expect(failureOf(await runProgram(args))).toEqual({
      code: 2,
      says: ['error: NOT_SET: there is no passphrase in the environment variable'],
    });
  });
});
