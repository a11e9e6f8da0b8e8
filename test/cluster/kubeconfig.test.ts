import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/base/nearest.ts';
import { parseDuration } from '../../src/cluster/duration.ts';
import { inClusterConfig } from '../../src/cluster/in-cluster.ts';
import { loadKubeconfig, type Target } from '../../src/cluster/kubeconfig.ts';
import type { ClusterOptions } from '../../src/cluster/options.ts';
import { folder } from './server.ts';

interface Named {
  contexts?: Record<string, object>;
  clusters?: Record<string, object>;
  users?: Record<string, object>;
  current?: string;
}

/** A kubeconfig file; a context without more has the cluster and the user of its own name. */
async function config(content: Named, path?: string): Promise<string> {
  const file = path ?? join(await folder(), 'config');
  const list = (entries: Record<string, object> | undefined, field: string) =>
    Object.entries(entries ?? {}).map(([name, value]) => ({ name, [field]: value }));
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': content.current ?? '',
    contexts: list(content.contexts, 'context'),
    clusters: list(content.clusters, 'cluster'),
    users: list(content.users, 'user'),
  };
  await writeFile(file, JSON.stringify(document));
  return file;
}

function simple(name: string): Named {
  return {
    current: name,
    contexts: { [name]: { cluster: name, user: name } },
    clusters: { [name]: { server: `https://${name}.example.com` } },
    users: { [name]: { token: `token-${name}` } },
  };
}

function load(options: ClusterOptions): Target {
  return loadKubeconfig({ env: {}, ...options });
}

describe('the kubeconfig', () => {
  it('is the file that --kubeconfig names, whatever the environment says', async () => {
    const kubeconfig = await config(simple('flag'));
    const env = { KUBECONFIG: await config(simple('variable')) };
    expect(load({ kubeconfig, env })).toMatchObject({
      context: 'flag',
      namespace: 'default',
      cluster: { server: 'https://flag.example.com' },
      user: { token: 'token-flag' },
    });
  });

  it('is merged from the KUBECONFIG list: the first wins, missing files are skipped', async () => {
    const first = await config({ ...simple('a'), clusters: { a: { server: 'https://first.example.com' } } });
    const second = await config({
      ...simple('b'),
      clusters: { a: { server: 'https://second.example.com' }, b: { server: 'https://b.example.com' } },
    });
    const env = { KUBECONFIG: [join(await folder(), 'missing'), first, '', second].join(delimiter) };
    expect(load({ env })).toMatchObject({ context: 'a', cluster: { server: 'https://first.example.com' } });
    expect(load({ env, context: 'b' })).toMatchObject({ cluster: { server: 'https://b.example.com' } });
  });

  it('is ~/.kube/config otherwise', async () => {
    const home = await folder();
    await mkdir(join(home, '.kube'));
    await config(simple('home'), join(home, '.kube', 'config'));
    expect(load({ env: { HOME: home } }).context).toBe('home');
  });

  it('that is nowhere says where it was looked for', async () => {
    const home = await folder();
    const missing = join(home, 'missing');
    expect(() => load({ env: { HOME: home } })).toThrow(
      expect.objectContaining({
        code: 'kubeconfig',
        message: `no kubeconfig: ${join(home, '.kube', 'config')} does not exist`,
        hints: [expect.stringContaining('--kubeconfig')],
      }),
    );
    expect(() => load({ env: { KUBECONFIG: missing } })).toThrow(`no kubeconfig: ${missing} does not exist`);
    expect(() => load({ kubeconfig: missing })).toThrow(
      expect.objectContaining({ code: 'kubeconfig', subject: missing }),
    );
  });

  it('is not needed when a server is named', async () => {
    const target = load({
      env: { HOME: await folder() },
      server: 'https://direct.example.com:6443',
      token: 't',
    });
    expect(target).toMatchObject({ context: 'direct.example.com:6443', user: { token: 't' } });
  });

  it('is the service account in a pod', async () => {
    const account = await folder();
    await writeFile(join(account, 'token'), 'secret');
    await writeFile(join(account, 'namespace'), 'inside\n');
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
    const found = inClusterConfig(env, account);
    expect(found?.clusters.get('in-cluster')).toEqual({
      server: 'https://[fd00::1]:443',
      'certificate-authority': `${account}/ca.crt`,
    });
    expect(found?.users.get('in-cluster')).toEqual({ tokenFile: `${account}/token` });
    expect(found?.contexts.get('in-cluster')).toMatchObject({ namespace: 'inside' });
    expect(inClusterConfig({}, account)).toBeUndefined();
  });

  it('resolves relative paths from where it lies', async () => {
    const kubeconfig = await config({
      ...simple('a'),
      clusters: { a: { server: 'https://a.example.com', 'certificate-authority': 'pki/ca.crt' } },
      users: {
        a: {
          'client-certificate': 'me.crt',
          'client-key': '/abs/me.key',
          tokenFile: 'token',
          exec: { apiVersion: 'v1', command: './bin/login' },
        },
        b: { exec: { apiVersion: 'v1', command: 'login' } },
      },
    });
    const base = join(kubeconfig, '..');
    const { cluster, user } = load({ kubeconfig });
    expect(cluster['certificate-authority']).toBe(join(base, 'pki/ca.crt'));
    expect(user).toMatchObject({
      'client-certificate': join(base, 'me.crt'),
      'client-key': '/abs/me.key',
      tokenFile: join(base, 'token'),
      exec: { command: join(base, 'bin/login') },
    });
    expect(load({ kubeconfig, user: 'b' }).user.exec?.command).toBe('login');
  });

  it.each([
    ['no YAML', 'a: [b', 'cannot be read'],
    ['no mapping', '- a', 'it is no mapping'],
    ['no list', 'clusters: 5', 'clusters is no list'],
    ['an entry without a name', 'users: [{user: {}}]', 'users[0] has no name'],
    ['an entry that is no mapping', 'users: [{name: a, user: 5}]', 'users[0].user is no mapping'],
  ])('that is %s is refused by name', async (_, text, message) => {
    const kubeconfig = join(await folder(), 'config');
    await writeFile(kubeconfig, text);
    expect(() => load({ kubeconfig })).toThrow(
      expect.objectContaining({
        code: 'kubeconfig',
        subject: kubeconfig,
        message: expect.stringContaining(message),
      }),
    );
  });

  it('never has its secrets told', async () => {
    const kubeconfig = join(await folder(), 'config');
    await writeFile(kubeconfig, 'users:\n- name: a\n  user:\n    token: "hunter2\n');
    try {
      load({ kubeconfig });
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message).not.toContain('hunter2');
    }
  });
});

describe('a context', () => {
  it('that does not exist is answered with those that do', async () => {
    const kubeconfig = await config({ ...simple('production'), contexts: { production: {}, staging: {} } });
    expect(() => load({ kubeconfig, context: 'prodcution' })).toThrow(
      expect.objectContaining({
        code: 'kubeconfig',
        message: 'no context "prodcution" in the kubeconfig',
        hints: ['did you mean "production"?', 'contexts in it: production, staging'],
      }),
    );
  });

  it('must be chosen when there is no current one', async () => {
    const kubeconfig = await config({ ...simple('a'), current: '' });
    expect(() => load({ kubeconfig })).toThrow(
      expect.objectContaining({ hints: ['contexts in it: a', 'choose one with --context NAME'] }),
    );
  });

  it.each([
    ['cluster', { cluster: 'gone', user: 'a' }, 'no cluster "gone" in the kubeconfig'],
    ['user', { cluster: 'a', user: 'gone' }, 'no user "gone" in the kubeconfig'],
  ])('may name a %s that does not exist', async (_, context, message) => {
    const kubeconfig = await config({ ...simple('a'), contexts: { a: context } });
    expect(() => load({ kubeconfig })).toThrow(expect.objectContaining({ code: 'kubeconfig', message }));
  });

  it('may lead to a cluster without a server', async () => {
    const kubeconfig = await config({ ...simple('a'), clusters: { a: {} } });
    expect(() => load({ kubeconfig })).toThrow('cluster "a" names no server URL');
  });

  it('has a namespace, unless another is named', async () => {
    const kubeconfig = await config({
      ...simple('a'),
      contexts: { a: { cluster: 'a', user: 'a', namespace: 'own' } },
    });
    expect(load({ kubeconfig }).namespace).toBe('own');
    expect(load({ kubeconfig, namespace: 'other' }).namespace).toBe('other');
  });
});

describe('flags', () => {
  it('choose another cluster and another user', async () => {
    const both = { ...simple('a') };
    both.clusters = { ...both.clusters, b: { server: 'https://b.example.com' } };
    both.users = { ...both.users, c: { token: 'token-c' } };
    const kubeconfig = await config(both);
    const target = load({ kubeconfig, cluster: 'b', user: 'c' });
    expect(target).toMatchObject({
      cluster: { server: 'https://b.example.com' },
      user: { token: 'token-c' },
    });
  });

  it('win over what the kubeconfig says', async () => {
    const kubeconfig = await config({
      ...simple('a'),
      clusters: {
        a: {
          server: 'https://a.example.com',
          'certificate-authority-data': 'eA==',
          'tls-server-name': 'inner',
        },
      },
      users: { a: { exec: { apiVersion: 'v1', command: 'login' }, as: 'somebody', 'as-groups': ['g'] } },
    });
    const options = { kubeconfig, server: 'https://z.example.com', token: 't', as: 'me', asUid: '7' };
    const target = load({ ...options, certificateAuthority: '/ca.crt', asGroup: ['x', 'y'] });
    expect(target.cluster).toEqual({ server: 'https://z.example.com', 'certificate-authority': '/ca.crt' });
    expect(target.user).toEqual({ token: 't', as: 'me', 'as-uid': '7', 'as-groups': ['x', 'y'] });
  });

  it('log in with a certificate of their own, and impersonate with extras', async () => {
    const kubeconfig = await config({
      ...simple('a'),
      users: { a: { 'client-certificate-data': 'eA==', 'client-key-data': 'eA==' } },
    });
    const asUserExtra = ['scopes=view', 'scopes=edit=no', 'reason=audit'];
    const flags = { clientCertificate: '/me.crt', clientKey: '/me.key', as: 'joe', asUserExtra };
    expect(load({ kubeconfig, ...flags }).user).toEqual({
      'client-certificate': '/me.crt',
      'client-key': '/me.key',
      as: 'joe',
      'as-user-extra': { scopes: ['view', 'edit=no'], reason: ['audit'] },
    });
    expect(() => load({ kubeconfig, as: 'joe', asUserExtra: ['scopes'] })).toThrow(
      expect.objectContaining({ code: 'usage' }),
    );
  });

  it.each([
    ['30s', 30_000],
    ['1m30s', 90_000],
    ['500ms', 500],
    ['5', 5_000],
    ['0', 0],
    ['1.5h', 5_400_000],
  ])('take %s for a duration', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(['', 'soon', '5 s', '-1s', 's'])('take %j for none', text => {
    expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});

describe('the nearest name', () => {
  it('is the name itself when it is there', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1 }), { minLength: 1 }),
        names => nearest(names[0] ?? '', names) !== undefined,
      ),
    );
  });

  it('is none when nothing is near', () => {
    expect(nearest('production', ['dev', 'test'])).toBeUndefined();
  });
});
