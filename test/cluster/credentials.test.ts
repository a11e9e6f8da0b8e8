import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Call } from '../../src/sandbox/apiserver/call.ts';
import { idToken, startIssuer } from './issuer.ts';
import { connected, folder, server } from './server.ts';

const API = 'client.authentication.k8s.io/v1';

/** A server that lets in who shows one of the tokens, and keeps what was shown. */
async function guarded(...tokens: string[]) {
  const shown: Call['headers'][] = [];
  const users = tokens.map(token => ({ name: `user-${token}`, token }));
  const { server: api } = await server({
    users,
    intercept: (call, next) => {
      shown.push(call.headers);
      return next(call);
    },
  });
  const kubeconfig = (user: object) =>
    JSON.stringify({
      'current-context': 'c',
      clusters: [{ name: 'c', cluster: { server: api.url, 'certificate-authority-data': 'Y2E=' } }],
      users: [{ name: 'c', user }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'c' } }],
    });
  return { api, shown, kubeconfig };
}

/** A plugin that appends its KUBERNETES_EXEC_INFO to a log and then does as the script says. */
async function plugin(
  script: string,
): Promise<{ exec: object; runs(): Promise<{ spec: Record<string, unknown> }[]> }> {
  const base = await folder();
  const command = join(base, 'plugin');
  const log = join(base, 'log');
  await writeFile(log, '');
  await writeFile(command, `#!/bin/sh\necho "$KUBERNETES_EXEC_INFO" >>'${log}'\n${script}\n`);
  await chmod(command, 0o755);
  return {
    exec: { apiVersion: API, command, interactiveMode: 'Never' },
    runs: async () =>
      (await readFile(log, 'utf8'))
        .split('\n')
        .filter(Boolean)
        .map(line => JSON.parse(line)),
  };
}

function credential(status: object): string {
  return `cat <<'END'\n${JSON.stringify({ apiVersion: API, kind: 'ExecCredential', status })}\nEND`;
}

describe('credentials', () => {
  it('that the server refuses are an error that says where they come from', async () => {
    const { kubeconfig } = await guarded('right');
    for (const [user, origin] of [
      [{ token: 'wrong' }, 'the token'],
      [{ username: 'u', password: 'p' }, 'the user name and password'],
      [{}, 'no credentials at all'],
    ] as const) {
      const cluster = await connected(kubeconfig(user));
      await expect(cluster.version()).rejects.toMatchObject({
        code: 'unauthorized',
        message: `the API server does not accept ${origin}`,
      });
    }
  });

  it('may be a token or a name and a password', async () => {
    const { kubeconfig, shown } = await guarded('right');
    await (await connected(kubeconfig({ token: 'right' }))).version();
    await (await connected(kubeconfig({ username: 'u', password: 'p' }))).version().catch(() => undefined);
    expect(shown.map(({ authorization }) => authorization)).toEqual([
      'Bearer right',
      `Basic ${Buffer.from('u:p').toString('base64')}`,
    ]);
  });

  it('in a file are read again when they are refused', async () => {
    const { kubeconfig } = await guarded('old', 'new');
    const tokenFile = join(await folder(), 'token');
    await writeFile(tokenFile, 'expired\n');
    const cluster = await connected(kubeconfig({ tokenFile, token: 'ignored' }));
    await expect(cluster.version()).rejects.toMatchObject({ code: 'unauthorized' });
    await writeFile(tokenFile, 'new\n');
    expect(await cluster.version()).toMatch(/^v1/);
  });

  it('of an auth provider are taken while they are good', async () => {
    const token = idToken(3_600);
    const { kubeconfig } = await guarded(token);
    const provider = {
      name: 'oidc',
      config: { 'id-token': token, 'client-id': 'c', 'idp-issuer-url': 'https://idp.example.com' },
    };
    expect(await (await connected(kubeconfig({ 'auth-provider': provider }))).version()).toMatch(/^v1/);
    const nothing = await connected(kubeconfig({ 'auth-provider': { name: 'oidc', config: {} } }));
    await expect(nothing.version()).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('of an auth provider that have expired are renewed once, however many requests there are', async () => {
    const issuer = await startIssuer('kubernetes');
    const { kubeconfig } = await guarded(issuer.token);
    const config = {
      'id-token': idToken(-60),
      'client-id': 'kubernetes',
      'client-secret': 'secret',
      'refresh-token': 'refresh-0',
      'idp-issuer-url': issuer.url,
      'idp-certificate-authority-data': Buffer.from(issuer.cert).toString('base64'),
    };
    const cluster = await connected(kubeconfig({ 'auth-provider': { name: 'oidc', config } }));
    await Promise.all(Array.from({ length: 4 }, () => cluster.version()));
    expect(await cluster.version()).toMatch(/^v1/);
    expect(issuer.asked).toMatchObject([
      { grant_type: 'refresh_token', refresh_token: 'refresh-0', client_secret: 'secret' },
    ]);
  });

  it('may be those of somebody else, whom the server is asked to take us for', async () => {
    const { kubeconfig, shown } = await guarded('right');
    const user = {
      token: 'right',
      as: 'jane',
      'as-uid': '7',
      'as-groups': ['a', 'b'],
      'as-user-extra': { 'Org/Unit': ['x'] },
    };
    await (await connected(kubeconfig(user))).version();
    await (await connected(kubeconfig({ token: 'right' }), { as: 'joe', asGroup: ['ops'] })).version();
    expect(shown[0]).toMatchObject({
      'impersonate-user': 'jane',
      'impersonate-uid': '7',
      'impersonate-group': 'a, b',
      'impersonate-extra-org%2funit': 'x',
    });
    expect(shown[1]).toMatchObject({ 'impersonate-user': 'joe', 'impersonate-group': 'ops' });
  });
});

describe('an exec plugin', () => {
  it('is run once, however many requests wait for it', async () => {
    const { kubeconfig } = await guarded('right');
    const { exec, runs } = await plugin(credential({ token: 'right' }));
    const cluster = await connected(kubeconfig({ exec }));
    await Promise.all(Array.from({ length: 8 }, () => cluster.version()));
    await cluster.version();
    expect(await runs()).toEqual([{ apiVersion: API, kind: 'ExecCredential', spec: { interactive: false } }]);
  });

  it('is told of the cluster when it wants to know', async () => {
    const { api, kubeconfig } = await guarded('right');
    const { exec, runs } = await plugin(credential({ token: 'right' }));
    const cluster = await connected(kubeconfig({ exec: { ...exec, provideClusterInfo: true } }));
    await cluster.version();
    const [run] = await runs();
    expect(run?.spec.cluster).toEqual({ server: api.url, 'certificate-authority-data': 'Y2E=' });
  });

  it('gets its arguments and its own environment', async () => {
    const { kubeconfig } = await guarded('a-b');
    const { exec } = await plugin(
      `echo '{"apiVersion":"${API}","kind":"ExecCredential","status":{"token":"'"$1-$SECOND"'"}}'`,
    );
    const user = { exec: { ...exec, args: ['a'], env: [{ name: 'SECOND', value: 'b' }] } };
    expect(await (await connected(kubeconfig(user))).version()).toMatch(/^v1/);
  });

  it('is run again when its credential has expired', async () => {
    const { kubeconfig } = await guarded('right');
    const { exec, runs } = await plugin(
      credential({ token: 'right', expirationTimestamp: '2020-01-01T00:00:00Z' }),
    );
    const cluster = await connected(kubeconfig({ exec }));
    await cluster.version();
    await cluster.version();
    expect((await runs()).length).toBeGreaterThanOrEqual(2);
  });

  it('is run again, once, when its credential is refused', async () => {
    const { kubeconfig } = await guarded('right');
    const { exec, runs } = await plugin(credential({ token: 'wrong' }));
    const cluster = await connected(kubeconfig({ exec }));
    await expect(cluster.version()).rejects.toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining('exec plugin'),
    });
    expect(await runs()).toHaveLength(2);
  });

  it('that is not installed says how it can be', async () => {
    const { kubeconfig } = await guarded('right');
    const exec = {
      apiVersion: API,
      command: 'no-such-login',
      installHint: 'Get it at example.com\nor from a friend',
    };
    await expect((await connected(kubeconfig({ exec }))).version()).rejects.toMatchObject({
      code: 'unauthorized',
      message: 'exec plugin "no-such-login" was not found',
      hints: ['Get it at example.com', 'or from a friend'],
    });
  });

  it.each([
    ['fails', 'exit 7', 'ended with exit code 7'],
    ['prints no JSON', 'echo secret-token', 'something that is no JSON object'],
    ['prints something else', `echo '{"kind":"Other"}'`, 'no ExecCredential of'],
    ['gives nothing', credential({}), 'neither a token nor a certificate'],
    ['prints without end', 'yes', 'printed far more than a credential'],
  ])('that %s is an error without what it printed', async (_, script, message) => {
    const { kubeconfig } = await guarded('right');
    const { exec } = await plugin(script);
    const failed = (await connected(kubeconfig({ exec }))).version();
    await expect(failed).rejects.toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining(message),
    });
    await expect(failed).rejects.not.toThrow('secret-token');
  });

  it('of a version that is not supported is refused', async () => {
    const { kubeconfig } = await guarded('right');
    const exec = { apiVersion: 'client.authentication.k8s.io/v1alpha1', command: 'x' };
    await expect((await connected(kubeconfig({ exec }))).version()).rejects.toMatchObject({
      code: 'kubeconfig',
    });
  });

  it('that has to ask needs a terminal', async () => {
    const { kubeconfig } = await guarded('right');
    const exec = { apiVersion: API, command: 'x', interactiveMode: 'Always' };
    await expect((await connected(kubeconfig({ exec }))).version()).rejects.toMatchObject({
      message: expect.stringContaining('needs a terminal'),
    });
  });
});
