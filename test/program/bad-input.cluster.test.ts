import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ApiServer, startApiServer } from '../../src/sandbox/apiserver/server.ts';
import { everything, html, slow } from '../faults/apiserver.ts';
import { type Stage, startStage, TINY } from '../support/embedded.ts';
import { failureOf, SECRET } from '../support/failure.ts';
import { runProgram } from '../support/program.ts';

const READING = ['get', 'list', 'watch'];
/** Kinds that "reader" may not read. */
const HIDDEN = ['cfroutes', 'secrets'];

let stage: Stage;
let guarded: ApiServer;
let names: Record<string, string>;

beforeAll(async () => {
  [stage, guarded] = await Promise.all([
    startStage({
      name: 'source',
      landscape: TINY,
      authorize: ({ name }, { verb, resource = '' }) => {
        // Whoever is logged in may look at the API and ask for rights.
        if (resource === '' || resource === 'selfsubjectaccessreviews') return true;
        return name === 'reader' ? READING.includes(verb) && !HIDDEN.includes(resource) : name !== 'nobody';
      },
    }),
    startApiServer({ context: 'guarded', users: [{ name: 'admin', token: `${SECRET}-admin` }] }),
  ]);
  names = {
    FOLDER: stage.directory,
    SERVER: stage.server.url,
    GUARDED: guarded.url,
    REGISTRY: stage.registry.host,
  };
}, 60_000);
afterAll(() => Promise.all([stage?.stop(), guarded?.stop()]));
beforeEach(() => stage.faults.clear());

const exported = (file: string, ...args: string[]) =>
  runProgram(['export', join(stage.directory, file), '--plaintext-secrets', ...args]);

/** An export that comes to nothing leaves nothing. */
async function exportFailure(...args: string[]) {
  const before = await readdir(stage.directory);
  const failure = failureOf(await exported('none.tar', ...args), names);
  expect(await readdir(stage.directory)).toEqual(before);
  return failure;
}

describe('a cluster that cannot be found', () => {
  it('has no kubeconfig', async () => {
    expect(await exportFailure()).toEqual({
      code: 2,
      says: [
        'error: no kubeconfig: /nonexistent/.kube/config does not exist',
        'hint: name one with --kubeconfig FILE or the environment variable KUBECONFIG',
      ],
    });
  });

  it('has a kubeconfig that is not there', async () => {
    expect(await exportFailure('--kubeconfig', join(stage.directory, 'missing'))).toEqual({
      code: 2,
      says: [
        'error: FOLDER/missing: the kubeconfig cannot be read',
        "  because: ENOENT: no such file or directory, open 'FOLDER/missing'",
        'hint: check --kubeconfig and the environment variable KUBECONFIG',
      ],
    });
  });

  it('has a kubeconfig that is none', async () => {
    const file = join(stage.directory, 'broken');
    await writeFile(file, `users:\n- name: admin\n  user: {token: ${SECRET}\n`);
    const { code, says } = await exportFailure('--kubeconfig', file);
    expect({ code, says: says[0] }).toEqual({
      code: 2,
      says: expect.stringMatching(/^error: FOLDER\/broken: /),
    });
  });

  it('is in no such context', async () => {
    expect(await exportFailure('--kubeconfig', stage.kubeconfigFile, '--context', 'sorce')).toEqual({
      code: 2,
      says: [
        'error: FOLDER/kubeconfig: no context "sorce" in the kubeconfig',
        'hint: did you mean "source"?',
        'hint: contexts in it: source',
      ],
    });
  });
});

describe('a cluster that does not answer', () => {
  it('is down', async () => {
    expect(
      await exportFailure('--kubeconfig', stage.kubeconfigFile, '--server', 'http://127.0.0.1:1'),
    ).toEqual({
      code: 1,
      says: [
        'error: http://127.0.0.1:1: the API server cannot be reached: connect ECONNREFUSED 127.0.0.1:1',
        'hint: is the server running, and may this machine reach it?',
        'hint: is it the right one? kubectl config current-context, or --context NAME',
      ],
    });
  });

  it('is slower than --request-timeout', async () => {
    stage.faults.api.add(everything, slow(3_000), 1_000);
    const args = ['--kubeconfig', stage.kubeconfigFile, '--request-timeout', '200ms'];
    expect(await exportFailure(...args)).toEqual({
      code: 1,
      says: [
        'error: GET SERVER/version: the API server did not answer in time',
        '  because: The operation was aborted due to timeout',
        'hint: allow it more with --request-timeout',
      ],
    });
  });

  it('is a login page', async () => {
    stage.faults.api.add(everything, html(), 1_000);
    expect(await exportFailure('--kubeconfig', stage.kubeconfigFile)).toEqual({
      code: 1,
      says: [
        'error: SERVER: the server answered 200 OK with an HTML page titled "Sign in"',
        'hint: something stands between: check the server in the kubeconfig, proxy-url, HTTPS_PROXY and NO_PROXY',
      ],
    });
  });
});

describe('a cluster that does not let one in', () => {
  it('knows the credentials no longer', async () => {
    const args = ['--server', guarded.url, '--token', `${SECRET}-expired`];
    expect(await exportFailure('--kubeconfig', stage.kubeconfigFile, ...args)).toEqual({
      code: 1,
      says: [
        'error: GUARDED: the API server does not accept the token',
        'hint: log in again; kubectl auth whoami tells whether kubectl is let in',
      ],
    });
  });

  it('lets one in to see nothing', async () => {
    expect(await exportFailure('--kubeconfig', stage.kubeconfigFile, '--as', 'nobody')).toEqual({
      code: 1,
      says: [
        expect.stringMatching(
          /^error: GET \/apis?\/\S+: \S+ is forbidden: User "nobody" cannot list resource "\w+" in API group "\S*" at the cluster scope$/,
        ),
        'hint: ask for the right to it, or name another user with --as or --context',
      ],
    });
  });
});

describe('kinds that may not be read', () => {
  it('are lost by name, in the report and in the archive, and the others are there', async () => {
    const args = ['--kubeconfig', stage.kubeconfigFile, '--as', 'reader', '-o', 'json'];
    const { code, stdout } = await exported('partly.tar', ...args);
    const { losses, objects } = JSON.parse(stdout);
    const lost = [
      {
        kind: 'kind-forbidden',
        subject: 'Secret',
        reason:
          'secrets is forbidden: User "reader" cannot list resource "secrets" in API group "" at the cluster scope',
      },
      {
        kind: 'kind-forbidden',
        subject: 'CFRoute.korifi.cloudfoundry.org',
        reason:
          'cfroutes.korifi.cloudfoundry.org is forbidden: User "reader" cannot list resource "cfroutes" in API group "korifi.cloudfoundry.org" at the cluster scope',
      },
    ];
    expect({ code, losses }).toEqual({ code: 3, losses: lost });
    expect(objects).toMatchObject({ CFApp: 2 });
    expect(objects).not.toHaveProperty('CFRoute');
    const archive = join(stage.directory, 'partly.tar');
    const inspected = await runProgram(['inspect', archive, '-o', 'json']);
    expect(JSON.parse(inspected.stdout).losses).toEqual(lost);
    const verified = await runProgram(['verify', archive]);
    expect({
      code: verified.code,
      told: verified.stdout.includes('CFRoute.korifi.cloudfoundry.org'),
    }).toEqual({
      code: 3,
      told: true,
    });
  });
});

describe('a target', () => {
  let archive: string;
  const restore = (...args: string[]) =>
    runProgram(['restore', archive, '--yes', '--registry-map', 'a.example.com/=b.example.com/', ...args]);

  beforeAll(async () => {
    archive = join(stage.directory, 'whole.tar');
    const { code } = await exported('whole.tar', '--kubeconfig', stage.kubeconfigFile);
    expect(code).toBe(0);
  }, 30_000);

  it('on which one may not write is not written to', async () => {
    const before = stage.server.storage.revision;
    const outcome = await restore('--kubeconfig', stage.kubeconfigFile, '--as', 'reader');
    const { code, says } = failureOf(outcome, names);
    expect({ code, hints: says.slice(1) }).toEqual({
      code: 5,
      hints: ['hint: restore as a cluster administrator: roles can only be given by who has them'],
    });
    expect(says[0]).toMatch(
      /^error: you may not create namespaces, get secrets, list secrets, create secrets, .* on the target$/,
    );
    expect(stage.server.storage.revision).toBe(before);
  });

  it('without Carvel and Korifi is told what it lacks', async () => {
    const before = guarded.storage.revision;
    const outcome = await restore(
      ...['--kubeconfig', stage.kubeconfigFile, '--server', guarded.url, '--token', `${SECRET}-admin`],
    );
    const { code, says } = failureOf(outcome, names);
    expect({ code, hints: says.slice(1) }).toEqual({
      code: 5,
      hints: ['hint: install Korifi (or kapp-controller and secretgen-controller) on the target first'],
    });
    expect(says[0]).toMatch(/^error: the target does not serve .*PackageRepository/);
    expect(guarded.storage.revision).toBe(before);
  });
});
