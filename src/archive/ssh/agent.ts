import { connect } from 'node:net';
import { Failure } from '../../base/errors.ts';
import { AGENT_ANSWER_BYTES } from '../../base/limits.ts';
import { ED25519, fingerprintOf, type SshPublicKey } from './public-key.ts';
import type { Ed25519Sign } from './signature.ts';
import { string, uint32, WireReader } from './wire.ts';

/** Messages of the agent protocol (draft-ietf-sshm-ssh-agent, section 5.1). */
const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
const SIGN_REQUEST = 13;
const SIGN_RESPONSE = 14;
/** People may have to touch or confirm something. */
const ANSWER_MS = 120_000;

/**
 * Signs with a key that an ssh agent holds.
 *
 * @param socket the agent's address, as SSH_AUTH_SOCK has it.
 * @throws Failure `usage` when there is no agent or it does not have the key: now, and not when there is something
 * to sign.
 */
export async function agentSigner(publicKey: SshPublicKey, socket: string | undefined): Promise<Ed25519Sign> {
  const name = fingerprintOf(publicKey);
  if (socket === undefined || socket === '') {
    throw new Failure('usage', 'a public key was given to sign with, and there is no ssh agent', {
      subject: name,
      hints: ['start one and add the key to it (ssh-add), or pass the private key'],
    });
  }
  if (!(await keysOf(socket)).some(blob => blob.equals(publicKey.blob))) {
    throw new Failure('usage', 'the ssh agent does not have this key', {
      subject: name,
      hints: ['add it with ssh-add, and see "ssh-add -l" for the keys that it has'],
    });
  }
  return async bytes => {
    const request = [Buffer.of(SIGN_REQUEST), string(publicKey.blob), string(bytes), uint32(0)];
    const answer = await ask(socket, Buffer.concat(request));
    if (answer[0] !== SIGN_RESPONSE) throw refused(name);
    const signature = new WireReader(new WireReader(answer.subarray(1)).string());
    if (signature.text() !== ED25519) throw refused(name);
    return signature.string();
  };
}

async function keysOf(socket: string): Promise<Buffer[]> {
  const answer = await ask(socket, Buffer.of(REQUEST_IDENTITIES));
  if (answer[0] !== IDENTITIES_ANSWER) return [];
  const reader = new WireReader(answer.subarray(1));
  return Array.from({ length: Math.min(reader.uint32(), answer.length) }, () => {
    const blob = reader.string();
    reader.string();
    return blob;
  });
}

/** One message and its answer, over a connection of its own. */
function ask(socket: string, message: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const connection = connect(socket);
    const fail = (cause?: unknown) => {
      connection.destroy();
      const hints = ['see whether "ssh-add -l" reaches it'];
      reject(new Failure('usage', 'the ssh agent does not answer', { subject: socket, hints, cause }));
    };
    let answer = Buffer.alloc(0);
    connection.setTimeout(ANSWER_MS, fail);
    connection.on('error', fail);
    connection.on('end', () => fail());
    connection.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      const length = answer.length < 4 ? 0 : answer.readUInt32BE();
      if (length > AGENT_ANSWER_BYTES) fail();
      else if (length > 0 && answer.length >= 4 + length) {
        connection.destroy();
        resolve(answer.subarray(4, 4 + length));
      }
    });
    connection.write(string(message));
  });
}

function refused(name: string): Failure {
  return new Failure('refused', 'the ssh agent did not sign', {
    subject: name,
    hints: ['it may have asked for a confirmation or a touch, or be locked'],
  });
}
