import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { spawn } from '@lydell/node-pty';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decrypterWith } from '../../src/archive/age.ts';
import { secretSealer } from '../../src/archive/secrets.ts';
import { readPrivateKey } from '../../src/archive/ssh/private-key.ts';
import { digestOf } from '../../src/base/digest.ts';
import { program } from '../testbed/programs.ts';
import { archiveOf, sampleBackup } from './fixtures.ts';
import { SSH_KEYS } from './ssh-keys.ts';

const run = promisify(execFile);

/** The lines of shell that docs/format.md gives to people, by the name of their block. */
const documented = new Map(
  [...(await readFile('docs/format.md', 'utf8')).matchAll(/^```sh (\w+)\n(.*?)^```/gms)].map(
    ([, name = '', lines = '']) => [name, lines],
  ),
);

let folder: string;

/** Runs documented lines where the archive was unpacked. */
async function shell(block: string, env: Record<string, string> = {}): Promise<string> {
  const cwd = block === 'read' ? folder : join(folder, 'backup');
  const lines = documented.get(block) ?? `echo no block ${block}; false`;
  const { stdout } = await run('bash', ['-e', '-o', 'pipefail', '-c', lines], {
    cwd,
    env: { ...process.env, ...env },
  });
  return stdout;
}

async function unpack(archive: Buffer): Promise<Record<string, string>> {
  folder = await mkdtemp(join(tmpdir(), 'asa-tools-'));
  const env = { ARCHIVE: join(folder, 'backup.tar') };
  await writeFile(env.ARCHIVE, archive);
  await shell('read', env);
  return env;
}

const login = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'login', namespace: 'space' },
  data: { value: 'aHVudGVyMg==' },
};

describe("an archive, read with other people's programs", () => {
  const reference = 'registry.example.com/korifi/app-droplets:latest';
  let env: Record<string, string>;
  let identity: string;

  beforeAll(async () => {
    identity = await generateX25519Identity();
    const sealer = await secretSealer({
      recipients: [await identityToRecipient(identity), SSH_KEYS.ours.line],
    });
    env = await unpack(await archiveOf(await sampleBackup(sealer)));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('gives its resources to tar, zstd and jq', async () => {
    expect(await shell('resources')).toBe('shop\nnull\n');
  });

  it('gives its plan to jq', async () => {
    const { plan } = await sampleBackup();
    const { createdAt, tool, source, losses } = plan;
    expect(JSON.parse(await shell('plan'))).toEqual({ createdAt, tool, source, losses });
  });

  it('gives its secrets to age and an identity', async () => {
    const path = join(folder, 'identity.txt');
    await writeFile(path, `# a comment\n${identity}\n`);
    expect(JSON.parse(await shell('recipients', { IDENTITY: path }))).toEqual(login);
  });

  it('gives its secrets to age and a key of ssh', async () => {
    const path = join(folder, 'id_ed25519');
    await writeFile(path, SSH_KEYS.ours.text, { mode: 0o600 });
    expect(JSON.parse(await shell('recipients', { IDENTITY: path }))).toEqual(login);
  });

  it('is whole as sha256sum sees it', async () => {
    expect(await shell('check', env)).toBe('the seal holds\n');
  });

  it('gives its images to skopeo, from the tar', async () => {
    const target = join(folder, 'image');
    const output = await shell('images', { ...env, REFERENCE: reference, TARGET: target });
    const { plan, blobs } = await sampleBackup();
    const manifest = blobs.get(plan.images[0]?.digest ?? digestOf(''));
    expect(output).toContain(`${reference}\n`);
    expect(output).toContain(String(manifest));
    for (const layer of plan.layers.slice(0, 2)) {
      expect(digestOf(await readFile(join(target, layer.digest.replace('sha256:', ''))))).toBe(layer.digest);
    }
  });

  it('gives its images to regctl, unpacked', async () => {
    const { plan, blobs } = await sampleBackup();
    for (const { digest } of plan.images) {
      const { stdout } = await run(
        program('regctl'),
        ['manifest', 'get', `ocidir://backup@${digest}`, '--format', 'raw-body'],
        { cwd: folder },
      );
      expect(stdout).toBe(String(blobs.get(digest)));
    }
  });
});

describe('what age has encrypted to a key of ssh', () => {
  it('opens here as well', async () => {
    const path = await mkdtemp(join(tmpdir(), 'asa-age-'));
    const recipients = join(path, 'recipients');
    await writeFile(recipients, `${SSH_KEYS.ours.line}\n`);
    await writeFile(join(path, 'plain'), Buffer.alloc(100_000, 'secret '));
    const { stdout } = await run('age', ['-R', recipients, join(path, 'plain')], { encoding: 'buffer' });
    const pair = await readPrivateKey(SSH_KEYS.ours.text, 'ours', async () => '');
    const plain = await (await decrypterWith([pair]))(stdout);
    await rm(path, { recursive: true });
    expect(plain.equals(Buffer.alloc(100_000, 'secret '))).toBe(true);
  });
});

describe('an archive with a passphrase', () => {
  beforeAll(async () => {
    await unpack(await archiveOf(await sampleBackup(await secretSealer({ passphrase: 'correct horse' }))));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('opens with age and the passphrase alone', async () => {
    expect(await onTerminal(documented.get('passphrase') ?? '', 'correct horse')).toContain(
      JSON.stringify(login),
    );
  });
});

/** What a command prints on a terminal on which somebody types one line when asked. */
async function onTerminal(lines: string, answer: string): Promise<string> {
  const terminal = spawn('bash', ['-c', lines], { cwd: join(folder, 'backup'), cols: 1000 });
  let output = '';
  terminal.onData(data => {
    output += data;
    if (data.includes('passphrase')) terminal.write(`${answer}\r`);
  });
  await new Promise<void>(resolve => terminal.onExit(() => resolve()));
  return output;
}
