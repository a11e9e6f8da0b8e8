import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { certificates, type RegistryOptions, startRegistry } from './testbed.ts';

async function startForTest(options?: RegistryOptions) {
  const registry = await startRegistry(options);
  onTestFinished(() => registry.stop());
  return registry;
}

function startUpload(url: string): Promise<Response> {
  return fetch(`${url}/v2/some/image/blobs/uploads/`, { method: 'POST' });
}

describe('a registry', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'registry-test-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('answers anybody and takes uploads', async () => {
    const { url } = await startForTest();
    expect((await fetch(`${url}/v2/`)).status).toBe(200);
    expect((await startUpload(url)).status).toBe(202);
  });

  it('refuses uploads when read-only', async () => {
    const { url } = await startForTest({ readonly: true });
    expect((await startUpload(url)).status).toBe(405);
  });

  it('asks for a login', async () => {
    const { url } = await startForTest({ htpasswd: { user: 'somebody', password: 'secret' } });
    const authorization = `Basic ${Buffer.from('somebody:secret').toString('base64')}`;
    expect((await fetch(`${url}/v2/`)).status).toBe(401);
    expect((await fetch(`${url}/v2/`, { headers: { authorization } })).status).toBe(200);
  });

  it('speaks HTTPS with a certificate of the authority', async () => {
    const { ca, cert, key } = await certificates(directory);
    const { url } = await startForTest({ tls: { cert, key } });
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    https
      .get(`${url}/v2/`, { ca: await readFile(ca), agent: false }, response => {
        response.resume();
        resolve(response.statusCode);
      })
      .on('error', reject);
    expect(await promise).toBe(200);
  });

  it('leaves a folder that it was handed', async () => {
    const registry = await startRegistry({ directory });
    await startUpload(registry.url);
    await registry.stop();
    await access(join(directory, 'docker/registry/v2/repositories/some/image'));
  });
});
