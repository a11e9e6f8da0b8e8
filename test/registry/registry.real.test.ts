import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseRepository } from '../../src/registry/reference.ts';
import { syntheticLayer } from '../../src/sandbox/registry/layer.ts';
import { program } from '../testbed/programs.ts';
import { certificates, type RegistryOptions, startRegistry } from '../testbed/testbed.ts';
import { pushIndex, registryContract } from './contract.ts';
import { afterwards, client } from './setting.ts';

async function real(options?: RegistryOptions) {
  const registry = await startRegistry(options);
  afterwards(() => registry.stop());
  return registry;
}

registryContract('a real registry', async () => ({ host: (await real()).host, access: {} }));

registryContract('a real registry with TLS and a login', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'certificates-'));
  const { ca, cert, key } = await certificates(directory);
  const { host } = await real({ tls: { cert, key }, htpasswd: { user: 'joe', password: 'secret' } });
  const credential = { kind: 'password', username: 'joe', password: 'secret' } as const;
  const access = { ca: await readFile(ca, 'utf8'), credentials: { for: async () => credential } };
  await rm(directory, { recursive: true });
  return { host, access };
});

describe('a real registry', () => {
  it('that wants a login tells those without', async () => {
    const { host } = await real({ htpasswd: { user: 'joe', password: 'secret' } });
    const { registries } = client();
    await expect(registries.checkWritable(parseRepository(`${host}/a`))).rejects.toMatchObject({
      code: 'registry-unauthorized',
      message: expect.stringContaining('UNAUTHORIZED: authentication required'),
    });
  });

  it('that is read-only says so', async () => {
    const { host } = await real({ readonly: true });
    const { registries } = client();
    await expect(registries.checkWritable(parseRepository(`${host}/a`))).rejects.toMatchObject({
      code: 'registry-error',
      hints: ['the registry does not allow this: is it read-only?'],
    });
  });

  it('serves what we pushed to others', async () => {
    const { host } = await real();
    const { registries } = client();
    const index = await pushIndex(registries, `${host}/team/app`, [syntheticLayer(1, 100_000)]);
    const crane = promisify(execFile)(program('crane'), ['digest', `${host}/team/app:v1`]);
    expect((await crane).stdout.trim()).toBe(index.descriptor.digest);
    await promisify(execFile)(program('crane'), ['validate', '--remote', `${host}/team/app:v1`]);
  });
});
