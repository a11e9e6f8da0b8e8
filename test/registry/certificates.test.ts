import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { certificateFolders, readCertificates } from '../../src/registry/certificates.ts';

const HOST = 'r.example.com:5000';

describe("registries' certificates", () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'certs.d-'));
  });
  afterEach(() => rm(home, { recursive: true }));

  const put = async (path: string, text: string) => {
    await mkdir(dirname(join(home, path)), { recursive: true });
    await writeFile(join(home, path), text);
  };
  const read = () => readCertificates(certificateFolders({}, home), HOST);

  it('are where podman and docker look for them, the user before the machine', () => {
    expect(certificateFolders({}, '/home/me')).toEqual([
      '/home/me/.config/containers/certs.d',
      '/home/me/.config/docker/certs.d',
      '/home/me/.docker/certs.d',
      '/etc/containers/certs.d',
      '/etc/docker/certs.d',
    ]);
  });

  it('are in the one folder that the environment names, and nowhere else', () => {
    expect(certificateFolders({ ASA_BACKUP_CERTS_DIR: '/certs' }, '/home/me')).toEqual(['/certs']);
  });

  it('are those of all folders, each key with its certificate', async () => {
    await put(`.docker/certs.d/${HOST}/ca.crt`, 'docker authority');
    await put(`.config/containers/certs.d/${HOST}/ca.crt`, 'podman authority');
    await put(`.config/containers/certs.d/${HOST}/b.cert`, 'b');
    await put(`.config/containers/certs.d/${HOST}/b.key`, 'key of b');
    await put(`.config/containers/certs.d/${HOST}/a.cert`, 'a');
    await put(`.config/containers/certs.d/${HOST}/a.key`, 'key of a');
    await put(`.config/containers/certs.d/${HOST}/0.key`, 'a key without a certificate');
    await put('.config/containers/certs.d/other.example.com/ca.crt', 'of another host');
    expect(await read()).toEqual({
      authorities: ['podman authority', 'docker authority'],
      certificates: ['a', 'b'],
      keys: ['key of a', 'key of b'],
    });
  });

  it('are none where a file stands in the place of a folder', async () => {
    await put(`.docker/certs.d`, 'no folder');
    expect(await read()).toEqual({ authorities: [], certificates: [], keys: [] });
  });

  it('that cannot be read are named', async () => {
    await mkdir(join(home, '.docker/certs.d', HOST, 'ca.crt'), { recursive: true });
    await expect(read()).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/^cannot read a registry's certificates: .*EISDIR/),
      subject: join(home, '.docker/certs.d', HOST, 'ca.crt'),
    });
  });
});
