import { createPublicKey, verify } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentSigner } from '../../src/archive/ssh/agent.ts';
import { readPrivateKey, type SshKeyPair } from '../../src/archive/ssh/private-key.ts';
import { parsePublicKey } from '../../src/archive/ssh/public-key.ts';
import { signerOf } from '../../src/archive/ssh/signature.ts';
import { string, uint32, WireReader } from '../../src/archive/ssh/wire.ts';
import { SSH_KEYS } from './ssh-keys.ts';

/** An agent with one key, which answers in pieces and can be made to decline. */
class Agent {
  readonly #pair: SshKeyPair;
  declines = false;
  server: Server | undefined;

  constructor(pair: SshKeyPair) {
    this.#pair = pair;
  }

  async listen(socket: string): Promise<void> {
    this.server = createServer(connection => {
      connection.on('error', () => undefined);
      connection.once('data', async (message: Buffer) => {
        const answer = string(await this.#answer(message.subarray(4)));
        connection.write(answer.subarray(0, 3));
        setImmediate(() => connection.write(answer.subarray(3)));
      });
    }).listen(socket);
    await once(this.server, 'listening');
  }

  async #answer(message: Buffer): Promise<Buffer> {
    const { publicKey } = this.#pair;
    if (message[0] === 11) {
      const other = Buffer.concat([string('ssh-rsa'), string('n')]);
      const keys = [other, publicKey.blob].flatMap(blob => [string(blob), string('a comment')]);
      return Buffer.concat([Buffer.of(12), uint32(2), ...keys]);
    }
    const reader = new WireReader(message.subarray(1));
    reader.string();
    if (this.declines) return Buffer.of(5);
    const signature = [string('ssh-ed25519'), string(await signerOf(this.#pair)(reader.string()))];
    return Buffer.concat([Buffer.of(14), string(Buffer.concat(signature))]);
  }
}

describe('an ssh agent', () => {
  const ours = parsePublicKey(SSH_KEYS.ours.line);
  let folder: string;
  let socket: string;
  let agent: Agent;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'asa-agent-'));
    socket = join(folder, 'socket');
    agent = new Agent(await readPrivateKey(SSH_KEYS.ours.text, 'ours', async () => ''));
    await agent.listen(socket);
  });
  afterAll(async () => {
    agent.server?.close();
    await rm(folder, { recursive: true });
  });

  it('signs with a key that it has', async () => {
    const sign = await agentSigner(ours, socket);
    const x = ours.key.toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    const message = Buffer.alloc(1000, 'message');
    expect(verify(null, message, key, await sign(message))).toBe(true);
  });

  it('that does not have the key is told before there is anything to sign', async () => {
    await expect(agentSigner(parsePublicKey(SSH_KEYS.theirs.line), socket)).rejects.toMatchObject({
      code: 'usage',
      message: 'the ssh agent does not have this key',
    });
  });

  it('may decline', async () => {
    const sign = await agentSigner(ours, socket);
    agent.declines = true;
    await expect(sign(Buffer.from('message'))).rejects.toMatchObject({ code: 'refused' });
  });

  it('that is not there is told', async () => {
    await expect(agentSigner(ours, undefined)).rejects.toMatchObject({
      message: 'a public key was given to sign with, and there is no ssh agent',
    });
    await expect(agentSigner(ours, join(folder, 'nothing'))).rejects.toMatchObject({
      message: 'the ssh agent does not answer',
    });
  });
});
