import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Failure } from '../../src/base/errors.ts';
import { createCredentials } from '../../src/registry/docker-config.ts';
import { parseRepository } from '../../src/registry/reference.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'credentials-'));
});
afterEach(() => rm(home, { recursive: true }));

const login = (username: string, password = 'pw') => ({
  auth: Buffer.from(`${username}:${password}`).toString('base64'),
});

async function docker(config: unknown): Promise<void> {
  await mkdir(join(home, '.docker'), { recursive: true });
  await writeFile(
    join(home, '.docker', 'config.json'),
    typeof config === 'string' ? config : JSON.stringify(config),
  );
}

/** A credential helper on a PATH of its own; it notes what it was asked. */
async function helper(name: string, script: string): Promise<void> {
  const path = join(home, `docker-credential-${name}`);
  await writeFile(path, `#!/bin/sh\nread host\necho "$1 $host" >> "${home}/asked"\n${script}\n`);
  await chmod(path, 0o755);
}

function user(repository: string, environment: NodeJS.ProcessEnv = {}) {
  const options = { environment: { PATH: `${home}:/usr/bin:/bin`, ...environment }, home };
  return createCredentials(options).for(parseRepository(repository));
}

describe('the docker config', () => {
  it('gives the login of a host', async () => {
    await docker({ auths: { 'https://r.example.com:5000/v2/': login('joe', 'a:b') } });
    expect(await user('r.example.com:5000/a')).toEqual({
      kind: 'password',
      username: 'joe',
      password: 'a:b',
    });
    expect(await user('r.example.com/a')).toBeUndefined();
  });

  it('prefers the key that says most about the repository', async () => {
    await docker({
      auths: {
        'r.example.com': login('all'),
        'r.example.com/team': login('team'),
        'r.example.com/team/app': login('app'),
      },
    });
    expect(await user('r.example.com/other')).toMatchObject({ username: 'all' });
    expect(await user('r.example.com/team/app/x')).toMatchObject({ username: 'app' });
    expect(await user('r.example.com/team/application')).toMatchObject({ username: 'team' });
    expect(await user('r.example.com/teamwork')).toMatchObject({ username: 'all' });
  });

  it.each(['https://index.docker.io/v1/', 'docker.io', 'index.docker.io', 'registry-1.docker.io'])(
    'knows Docker Hub as %s',
    async key => {
      await docker({ auths: { [key]: login('hub') } });
      expect(await user('ubuntu')).toMatchObject({ username: 'hub' });
    },
  );

  it('has identity tokens, registry tokens and plain fields', async () => {
    await docker({
      auths: {
        'a.example.com': { ...login('x'), identitytoken: 'refresh' },
        'b.example.com': { registrytoken: 'bearer' },
        'c.example.com': { username: 'u', password: 'p' },
        '*.d.example.com': login('glob'),
      },
    });
    expect(await user('a.example.com/x')).toEqual({
      kind: 'identity-token',
      token: 'refresh',
      username: 'x',
    });
    expect(await user('b.example.com/x')).toEqual({ kind: 'registry-token', token: 'bearer' });
    expect(await user('c.example.com/x')).toEqual({ kind: 'password', username: 'u', password: 'p' });
    expect(await user('eu.d.example.com/x')).toMatchObject({ username: 'glob' });
    expect(await user('eu.west.d.example.com/x')).toBeUndefined();
  });

  it('stands where DOCKER_CONFIG says', async () => {
    await mkdir(join(home, 'elsewhere'));
    await writeFile(
      join(home, 'elsewhere', 'config.json'),
      JSON.stringify({ auths: { 'r.example.com': login('e') } }),
    );
    expect(await user('r.example.com/a', { DOCKER_CONFIG: join(home, 'elsewhere') })).toMatchObject({
      username: 'e',
    });
  });

  it('that is no JSON is refused without quoting it', async () => {
    await docker('{"auths": {"r.example.com": {"auth": "c2VjcmV0"} }');
    await expect(user('r.example.com/a')).rejects.toMatchObject({
      code: 'usage',
      message: 'the file of registry logins is not JSON',
      subject: join(home, '.docker', 'config.json'),
    });
  });

  it.each([
    [{ auths: [] }, 'auths is no object'],
    [{ auths: { 'r.example.com': { auth: 'c2VjcmV0' } } }, 'auths.r.example.com.auth is not the base64'],
    [{ credHelpers: { 'r.example.com': 1 } }, 'credHelpers.r.example.com is no text'],
  ])('of another form is refused: %j', async (config, message) => {
    await docker(config);
    await expect(user('r.example.com/a')).rejects.toThrow(message);
  });
});

describe('credential helpers', () => {
  it('are asked once a host, over standard input', async () => {
    await helper('test', 'echo \'{"ServerURL":"x","Username":"joe","Secret":"s"}\'');
    await docker({ credHelpers: { 'r.example.com': 'test' } });
    const credentials = createCredentials({ environment: { PATH: `${home}:/bin:/usr/bin` }, home });
    for (const path of ['a', 'b']) {
      expect(await credentials.for({ registry: 'r.example.com', path })).toEqual({
        kind: 'password',
        username: 'joe',
        password: 's',
      });
    }
    expect(await readFile(join(home, 'asked'), 'utf8')).toBe('get r.example.com\n');
  });

  it('in credsStore serve hosts without a login of their own, Docker Hub by its legacy name', async () => {
    await helper('store', 'echo \'{"Username":"<token>","Secret":"refresh"}\'');
    await docker({ credsStore: 'store', auths: { 'index.docker.io': {}, 'own.example.com': login('own') } });
    expect(await user('own.example.com/a')).toMatchObject({ username: 'own' });
    expect(await user('ubuntu')).toEqual({ kind: 'identity-token', token: 'refresh' });
    expect(await readFile(join(home, 'asked'), 'utf8')).toBe('get https://index.docker.io/v1/\n');
  });

  it('that know no login leave it to the next source', async () => {
    await helper('none', 'echo "credentials not found in native keychain"; exit 1');
    await docker({ credsStore: 'none' });
    expect(await user('r.example.com/a')).toBeUndefined();
  });

  it.each([
    ['broken', 'exit 3', 'ended with exit code 3'],
    ['odd', 'echo secret', 'printed something else than a login'],
    ['absent', undefined, 'is not in the PATH'],
    ['../evil', undefined, 'has a name that no program has'],
  ])('named %s are told of once, by name, and the next source is asked', async (name, script, message) => {
    if (script !== undefined) await helper(name, script);
    await docker({ credsStore: name });
    await writeFile(join(home, 'auth.json'), JSON.stringify({ auths: { 'r.example.com': login('podman') } }));
    const told: Failure[] = [];
    const environment = { PATH: `${home}:/usr/bin:/bin`, REGISTRY_AUTH_FILE: join(home, 'auth.json') };
    const credentials = createCredentials({ environment, home, onHelperFailure: one => told.push(one) });
    expect(await credentials.for(parseRepository('r.example.com/a'))).toMatchObject({ username: 'podman' });
    expect(await credentials.for(parseRepository('other.example.com/a'))).toBeUndefined();
    expect(told.map(failure => [failure.message, failure.hints.length])).toEqual([
      [`the credential helper docker-credential-${name} ${message}`, 1],
    ]);
  });

  it('without a name leave the login where it stands in the file', async () => {
    const auths = { 'r.example.com': login('own') };
    await docker({
      credsStore: 'absent',
      credHelpers: { 'r.example.com': '', 'none.example.com': '' },
      auths,
    });
    expect(await user('r.example.com/a')).toMatchObject({ username: 'own' });
    expect(await user('none.example.com/a')).toBeUndefined();
  });
});

describe('ASA_BACKUP_REGISTRY_AUTH', () => {
  const given = (auths: object) => ({ ASA_BACKUP_REGISTRY_AUTH: JSON.stringify({ auths }) });

  it('goes before every file, and the files are there for what it does not know', async () => {
    await docker({ auths: { 'a.example.com': login('docker'), 'b.example.com': login('docker') } });
    const environment = given({ 'a.example.com': login('given') });
    expect(await user('a.example.com/x', environment)).toMatchObject({ username: 'given' });
    expect(await user('b.example.com/x', environment)).toMatchObject({ username: 'docker' });
  });

  it('that is no JSON is refused without quoting it', () => {
    expect(() =>
      createCredentials({ environment: { ASA_BACKUP_REGISTRY_AUTH: 'joe:s3cret' }, home }),
    ).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: 'the file of registry logins is not JSON',
        subject: 'ASA_BACKUP_REGISTRY_AUTH',
      }),
    );
  });
});

it('the logins of all sources come one after the other, each once', async () => {
  await docker({ auths: { 'r.example.com': login('docker') } });
  const credentials = createCredentials({ environment: {}, home });
  for (const name of ['docker', 'secret'])
    credentials.addPullSecret({ auths: { 'r.example.com': login(name) } });
  const names = [0, 1, 2].map(refused => credentials.for(parseRepository('r.example.com/a'), refused));
  expect(await Promise.all(names)).toEqual([
    expect.objectContaining({ username: 'docker' }),
    expect.objectContaining({ username: 'secret' }),
    undefined,
  ]);
});

describe('after docker', () => {
  it("podman's file is asked, then the pull secrets in their order", async () => {
    await writeFile(join(home, 'auth.json'), JSON.stringify({ auths: { 'p.example.com': login('podman') } }));
    await docker({ auths: { 'd.example.com': login('docker') } });
    const credentials = createCredentials({
      environment: { REGISTRY_AUTH_FILE: join(home, 'auth.json') },
      home,
    });
    const secret = (name: string) => ({
      auths: { 'd.example.com': login(name), 'p.example.com': login(name), 's.example.com': login(name) },
    });
    credentials.addPullSecret(secret('first'));
    credentials.addPullSecret(secret('second'));
    const names = ['d', 'p', 's', 'x'].map(host =>
      credentials.for({ registry: `${host}.example.com`, path: 'a' }),
    );
    expect(await Promise.all(names)).toMatchObject(
      [{ username: 'docker' }, { username: 'podman' }, { username: 'first' }, undefined].map(
        each => each ?? undefined,
      ) as object[],
    );
  });

  it('podman has two files, that of the session first, unless one is named', async () => {
    const files = { session: 'run/containers', home: '.config/containers', other: 'other/containers' };
    for (const [name, folder] of Object.entries(files)) {
      await mkdir(join(home, folder), { recursive: true });
      const auths = { [`${name}.example.com`]: login(name), 'p.example.com': login(name) };
      await writeFile(join(home, folder, 'auth.json'), JSON.stringify({ auths }));
    }
    const asked = async (environment: NodeJS.ProcessEnv, host: string) => {
      const found = await createCredentials({ environment, home }).for(
        parseRepository(`${host}.example.com/a`),
      );
      return found?.kind === 'password' ? found.username : undefined;
    };
    const session = { XDG_RUNTIME_DIR: join(home, 'run') };
    expect(await asked(session, 'p')).toBe('session');
    expect(await asked(session, 'home')).toBe('home');
    expect(await asked({}, 'p')).toBe('home');
    expect(await asked({ XDG_CONFIG_HOME: join(home, 'other') }, 'p')).toBe('other');
    const named = { ...session, REGISTRY_AUTH_FILE: join(home, files.other, 'auth.json') };
    expect([await asked(named, 'p'), await asked(named, 'home')]).toEqual(['other', undefined]);
  });

  it('a pull secret cannot name a program to be run', async () => {
    await helper('evil', 'touch ran');
    const credentials = createCredentials({ environment: { PATH: home }, home });
    credentials.addPullSecret({ credHelpers: { 'r.example.com': 'evil' }, credsStore: 'evil' });
    expect(await credentials.for(parseRepository('r.example.com/a'))).toBeUndefined();
  });

  it('a pull secret of another form is refused by its name', () => {
    expect(() =>
      createCredentials({ environment: {}, home }).addPullSecret('text', 'Secret cf/registry'),
    ).toThrow(expect.objectContaining({ code: 'usage', subject: 'Secret cf/registry' }));
  });
});
