import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentSigner } from '../../src/archive/ssh/agent.ts';
import { parseAllowedSigners } from '../../src/archive/ssh/allowed-signers.ts';
import { readPrivateKey } from '../../src/archive/ssh/private-key.ts';
import { fingerprintOf, parsePublicKey } from '../../src/archive/ssh/public-key.ts';
import { signerOf } from '../../src/archive/ssh/signature.ts';
import { inspectArchive } from '../../src/archive/verify.ts';
import { piped, signedSample } from './fixtures.ts';

const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asa-ssh-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A key as ssh-keygen makes it. */
async function newKey(name: string, passphrase: string, ...more: string[]) {
  const path = join(folder, name);
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-C', name, '-f', path, ...more]);
  const [text, line] = await Promise.all([readFile(path, 'utf8'), readFile(`${path}.pub`, 'utf8')]);
  return { path, text, line: line.trim(), publicKey: parsePublicKey(line) };
}

/** The documented way to check a signature with OpenSSH alone. */
async function sshKeygenVerifies(archive: Buffer, allowed: string, signer: string): Promise<string> {
  const env = {
    ...process.env,
    ARCHIVE: join(folder, 'backup.tar'),
    ALLOWED_SIGNERS: join(folder, 'allowed'),
    SIGNER: signer,
  };
  await writeFile(env.ARCHIVE, archive);
  await writeFile(env.ALLOWED_SIGNERS, `${allowed}\n`);
  const format = await readFile('docs/format.md', 'utf8');
  const [, lines = 'false'] = /^```sh signature\n(.*?)^```/ms.exec(format) ?? [];
  const { stdout } = await run('bash', ['-e', '-o', 'pipefail', '-c', lines], { cwd: folder, env });
  return stdout;
}

describe('keys that ssh-keygen makes', () => {
  it.each([
    ['plain', ''],
    ['locked', 'correct horse battery staple'],
    ['of-old', 'x', '-Z', 'aes256-cbc', '-a', '16'],
    ['of-128', 'x', '-Z', 'aes128-ctr'],
  ])('sign, and ssh-keygen verifies it: %s', async (name, passphrase, ...more) => {
    const key = await newKey(name, passphrase, ...more);
    const pair = await readPrivateKey(key.text, name, async () => passphrase);
    const archive = await signedSample({ publicKey: pair.publicKey, sign: signerOf(pair) });
    const allowed = `ops@example.com namespaces="asa-backup" ${key.line}`;
    const { stdout } = await run('ssh-keygen', ['-l', '-f', `${key.path}.pub`]);
    expect(stdout).toContain(fingerprintOf(key.publicKey));
    expect(await sshKeygenVerifies(archive, allowed, 'ops@example.com')).toContain(
      `Good "asa-backup" signature for ops@example.com with ED25519 key ${fingerprintOf(key.publicKey)}`,
    );
    await expect(
      sshKeygenVerifies(archive, allowed.replace('asa', 'git'), 'ops@example.com'),
    ).rejects.toThrow();
    const signers = parseAllowedSigners(allowed, 'allowed');
    expect((await inspectArchive(piped(archive), { signers })).signature?.principals).toBe('ops@example.com');
  });
});

describe("OpenSSH's agent", () => {
  it('signs as the key itself does', async () => {
    const key = await newKey('held', '');
    const socket = join(folder, 'agent');
    const started = execFileSync('ssh-agent', ['-a', socket], { encoding: 'utf8' });
    try {
      await expect(agentSigner(key.publicKey, socket)).rejects.toMatchObject({ code: 'usage' });
      await run('ssh-add', ['-q', key.path], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
      const byAgent = { publicKey: key.publicKey, sign: await agentSigner(key.publicKey, socket) };
      const pair = await readPrivateKey(key.text, 'held', async () => '');
      const byKey = { publicKey: key.publicKey, sign: signerOf(pair) };
      expect((await signedSample(byAgent)).equals(await signedSample(byKey))).toBe(true);
    } finally {
      process.kill(Number(/SSH_AGENT_PID=(\d+)/.exec(started)?.[1]));
    }
  });
});
