import { describe, expect, it } from 'vitest';
import type { CredentialSource } from '../../src/registry/credentials.ts';
import { parseRepository } from '../../src/registry/reference.ts';
import { startRegistry } from '../testbed/testbed.ts';
import { startTokenServer, type TokenServerOptions } from '../testbed/token-server.ts';
import { registryContract } from './contract.ts';
import { afterwards, client, descriptorOf, inChunks, patterned } from './setting.ts';

const JOE = { user: 'joe', password: 'secret' };
const credentials: CredentialSource = {
  for: async () => ({ kind: 'password', username: JOE.user, password: JOE.password }),
};

/** A real registry behind a token server. */
async function secured(options: Pick<TokenServerOptions, 'lifeMs' | 'says'>) {
  const tokens = await startTokenServer({ login: JOE, ...options });
  afterwards(() => tokens.stop());
  const registry = await startRegistry({ tokens });
  afterwards(() => registry.stop());
  return { tokens, host: registry.host, repository: parseRepository(`${registry.host}/team/app`) };
}

/** Tokens that end before they should by what is said of them: the registry is the first to know. */
const SHORT = { lifeMs: 2000, says: 300 };

registryContract('a real registry with a token server', async () => {
  const { host } = await secured({ lifeMs: 3000, says: 3 });
  return { host, access: { credentials } };
});

registryContract('a real registry with tokens that end early', async () => {
  const { host } = await secured(SHORT);
  return { host, access: { credentials } };
});

describe('a token of the real registry', () => {
  it('that ends in the middle of a layer is renewed, and the layer goes on', async () => {
    const { tokens, repository } = await secured(SHORT);
    const { registries, retries } = client({ credentials });
    // More than one request brings.
    const bytes = patterned(80_000_000);
    const descriptor = descriptorOf(bytes);
    await registries.pushBlob(repository, descriptor, inChunks(bytes, 1_000_000));
    await tokens.expired();
    const before = tokens.issued.length;
    const got: Buffer[] = [];
    for await (const { chunk } of registries.blobs([{ descriptor, repositories: [repository] }])) {
      got.push(Buffer.from(chunk));
      // Some parts are there by then, and the memory is full while the token ends.
      if (got.length === 3) await tokens.expired();
    }
    expect(Buffer.concat(got).equals(bytes)).toBe(true);
    expect(tokens.issued.slice(before)).toEqual(Array(2).fill('repository:team/app:pull'));
    expect(retries).toEqual([]);
  });

  it('that ends in the middle of an upload is renewed, and the upload goes on where it was', async () => {
    const { tokens, repository } = await secured(SHORT);
    // What is held is less than what has been sent by then: it cannot be begun anew.
    const uploads = { chunk: 10_000_000, held: 8_000_000 };
    const { registries, retries } = client({ credentials, uploads });
    const bytes = patterned(30_000_000);
    const descriptor = descriptorOf(bytes);
    async function* slowly() {
      let passed = 0;
      for await (const chunk of inChunks(bytes, 500_000)) {
        if (passed === 15_000_000) await tokens.expired();
        passed += chunk.length;
        yield chunk;
      }
    }
    await registries.pushBlob(repository, descriptor, slowly());
    expect(tokens.issued.filter(scopes => scopes === 'repository:team/app:pull,push')).toHaveLength(2);
    expect(retries).toMatchObject([{ reason: expect.stringContaining('answered 401') }]);
    const got: Buffer[] = [];
    for await (const { chunk } of registries.blobs([{ descriptor, repositories: [repository] }])) {
      got.push(Buffer.from(chunk));
    }
    expect(Buffer.concat(got).equals(bytes)).toBe(true);
  });

  it('that is for somebody else is refused, with who is meant', async () => {
    const { repository } = await secured(SHORT);
    const stranger: CredentialSource = {
      for: async () => ({ kind: 'password', username: 'joe', password: 'guess' }),
    };
    const { registries } = client({ credentials: stranger });
    await expect(registries.checkWritable(repository)).rejects.toMatchObject({
      code: 'registry-unauthorized',
      subject: `${repository.registry}/team/app`,
      hints: [`log in with docker login ${repository.registry}`],
    });
  });
});
