import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/base/errors.ts';
import { planImages } from '../../src/export/plan-images.ts';
import type { CredentialSource } from '../../src/registry/credentials.ts';
import { client, patterned, registry } from '../registry/setting.ts';

/** Plans images of one registry. */
async function planned(references: readonly string[], credentials?: CredentialSource) {
  const { registries } = client(credentials && { credentials });
  const uses = references.map(text => ({ text, usedBy: ['CFBuild space/build'] }));
  return planImages(uses, registries, () => undefined, {});
}

const locked = async () => {
  const server = await registry({ login: { username: 'joe', password: 'secret' } });
  for (const name of ['a', 'b']) server.pushImage(name, { layers: [patterned(10)], tag: 'v1' });
  return server;
};

describe('images that are lost', () => {
  it('are told of with what may help, once for all of a registry', async () => {
    const { host } = await locked();
    const { losses, hints } = await planned([`${host}/a:v1`, `${host}/b:v1`]);
    expect(losses.map(({ kind }) => kind)).toEqual(['image-unreadable', 'image-unreadable']);
    expect(hints).toEqual([`log in with docker login ${host}`]);
  });

  it('are those whose references are none, and the others are there', async () => {
    const server = await registry();
    server.pushImage('a', { layers: [patterned(10)], tag: 'v1' });
    const { losses, images } = await planned([`${server.host}/a:v1`, `${server.host}/A`]);
    expect(images).toHaveLength(1);
    expect(losses).toMatchObject([
      { subject: `${server.host}/A`, reason: expect.stringContaining('not an image reference') },
    ]);
  });

  it('are not all of them because of this machine: then nothing is exported', async () => {
    const { host } = await locked();
    const broken = new Failure('usage', 'the file of registry logins is not JSON', {
      subject: 'config.json',
    });
    const credentials = { for: () => Promise.reject(broken) };
    await expect(planned([`${host}/a:v1`], credentials)).rejects.toBe(broken);
  });
});
