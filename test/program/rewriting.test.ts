import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newIdentity } from '../../src/archive/age.ts';
import { openArchive } from '../../src/archive/open-archive.ts';
import { readObjects } from '../../src/archive/resources.ts';
import { secretOpener } from '../../src/archive/secrets.ts';
import type { KubeObject } from '../../src/base/object.ts';
import { SSH_KEYS } from '../archive/ssh-keys.ts';
import { type Stage, startStage, TINY } from '../support/embedded.ts';
import { failureOf } from '../support/failure.ts';
import { runProgram, runRaw } from '../support/program.ts';
import { entriesIn } from '../support/tar.ts';

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

  async function contents(path: string, identities: readonly string[] = []) {
    const reader = await openArchive(path);
    const objects: KubeObject[] = [];
    try {
      const opener = await secretOpener(reader.head, { identities });
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
    const theirs = await newIdentity();
    const { code, stdout } = await runProgram([
      ...['rekey', archive, '-i', key],
      ...['--recipient', theirs.recipient, '-o', output],
    ]);
    expect({ code, last: stdout.trimEnd().split('\n').at(-1) }).toEqual({
      code: 0,
      last: `rekeyed, to ${output}`,
    });
    expect((await stat(output)).mode & 0o777).toBe(0o600);
    const [before, after] = await Promise.all([
      contents(archive, [ours.identity]),
      contents(output, [theirs.identity]),
    ]);
    expect(after.objects).toEqual(before.objects);
    expect(after.plan.layers).toEqual(before.plan.layers);
    expect(after.plan.images).toEqual(before.plan.images);
    expect((await runProgram(['verify', output])).code).toBe(0);
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

  it('is repaired when it was damaged, and what is left is restored with exit code 3', async () => {
    const plain = await made('plain.tar', '--plaintext-secrets');
    const bytes = await readFile(plain);
    const { layer } = entriesIn(bytes);
    if (layer === undefined) throw new Error('the archive has a layer');
    bytes.writeUInt8(bytes.readUInt8(layer.body) ^ 1, layer.body);
    await writeFile(plain, bytes);
    expect((await runProgram(['verify', plain])).code).toBe(4);
    const output = join(source.directory, 'repaired.tar');
    const { code, stdout } = await runProgram(['repair', plain, '-o', output]);
    expect(code).toBe(3);
    expect(stdout).toMatch(/^repaired, to \S+, with \d+ loss(es)? by the\s+damage$/m);
    expect(stdout).toMatch(/a part of it is damaged/);
    expect((await runProgram(['verify', output])).code).toBe(3);
    const map = `${source.registry.host}/=${target.registry.host}/`;
    const args = ['restore', output, '--kubeconfig', target.kubeconfigFile, '--registry-map', map, '--yes'];
    const restored = await runProgram([...args, '--wait-timeout', '1s']);
    expect(restored.code).toBe(3);
    expect(restored.stdout).toMatch(/a part of it is damaged/);
  });

  it('goes through pipes', async () => {
    const input = await readFile(archive);
    const { code, stdout } = await runRaw(['redact', '-', '-i', key, '-o', '-'], { input });
    expect({ code, starts: stdout.subarray(0, 10).toString() }).toEqual({ code: 0, starts: 'oci-layout' });
  });

  it('takes a passphrase from the environment, and wants one where it was promised', async () => {
    const sealed = ['verify', 'test/vectors/valid-passphrase.tar', '--passphrase-env', 'PASSPHRASE'];
    expect((await runProgram(sealed, { env: { PASSPHRASE: 'correct horse' } })).code).toBe(0);
    expect((await runProgram(sealed, { env: { PASSPHRASE: 'battery' } })).code).toBe(5);
    const args = ['verify', archive, '--passphrase-env', 'NOT_SET'];
    expect(failureOf(await runProgram(args))).toEqual({
      code: 2,
      says: ['error: NOT_SET: there is no passphrase in the environment variable'],
    });
  });
});
