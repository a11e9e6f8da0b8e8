import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Descriptor } from '../../src/registry/descriptor.ts';
import { parseRepository } from '../../src/registry/reference.ts';
import { type EmbeddedFoundation, startFoundation } from '../../src/sandbox/foundation.ts';
import { apiVersionOf, KINDS } from '../../src/sandbox/kinds.ts';
import { pusher } from '../registry/artifacts.ts';
import { client, descriptorOf, inChunks, patterned } from '../registry/setting.ts';
import { TINY } from '../support/embedded.ts';
import { outcomeOf, runProgram, startProgram } from '../support/program.ts';
import { type RealRegistry, type RegistryOptions, startRegistry } from '../testbed/testbed.ts';
import { startTokenServer, type TokenServer } from '../testbed/token-server.ts';

/** More than one request of a large upload takes, so that a token can end between the two. */
const LAYER_BYTES = 110_000_000;

/**
 * A foundation whose registry is a real one with several doors to the same images: an open one for its controllers,
 * and others for the program, which finds them by `--registry-endpoint`.
 */
interface Site {
  readonly foundation: EmbeddedFoundation;
  readonly kubeconfig: string;
  /** As the foundation calls its registry. */
  readonly host: string;
  readonly doors: Readonly<Record<'open' | 'token' | 'readonly', RealRegistry>>;
  stop(): Promise<void>;
}

async function startSite(name: string, tokens: TokenServer, folder: string, landscape?: typeof TINY) {
  const directory = join(folder, name);
  const door = (options: RegistryOptions) => startRegistry({ directory, ...options });
  const [open, token, readonly] = await Promise.all([door({}), door({ tokens }), door({ readonly: true })]);
  const intercept = (request: IncomingMessage, response: ServerResponse) => forward(request, response, open);
  const foundation = await startFoundation({
    name,
    ...(landscape && { landscape }),
    servers: { registry: { intercept } },
  });
  const kubeconfig = join(folder, `${name}.yaml`);
  await writeFile(kubeconfig, foundation.kubeconfig);
  const stop = async () => {
    await foundation.stop();
    for (const each of [open, token, readonly]) await each.stop();
  };
  return { foundation, kubeconfig, host: foundation.registry.host, doors: { open, token, readonly }, stop };
}

/** Lets a real registry answer, which thinks that it was asked itself. */
function forward(request: IncomingMessage, response: ServerResponse, { url }: RealRegistry): true {
  const { method, headers } = request;
  const passed = ask(new URL(request.url ?? '', url), { method, headers }, answer => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  passed.on('error', () => response.destroy());
  request.pipe(passed);
  return true;
}

describe('the program and real registries', () => {
  let folder: string;
  let tokens: TokenServer;
  let source: Site;
  let target: Site;
  let archive: string;
  let layer: Descriptor;
  let journal: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'asa-backup-registries-'));
    const login = { user: 'joe', password: 'secret' };
    // They end before they should by what is said of them: the registry is the first to know.
    tokens = await startTokenServer({ login, lifeMs: 2000, says: 300 });
    source = await startSite('source', tokens, folder, TINY);
    target = await startSite('target', tokens, folder);
    archive = join(folder, 'backup.tar');
    layer = await addLargeImage(source);
    const auth = Buffer.from(`${login.user}:${login.password}`).toString('base64');
    const auths = { [source.host]: { auth }, [target.host]: { auth } };
    await writeFile(join(folder, 'config.json'), JSON.stringify({ auths }));
  });
  afterAll(async () => {
    await Promise.all([source?.stop(), target?.stop(), tokens?.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  const through = ({ host, doors }: Site, door: keyof Site['doors']) => [
    '--registry-endpoint',
    `${host}=${doors[door].url}`,
  ];
  const exporting = (file: string, door: keyof Site['doors']) => [
    ...['export', file, '--kubeconfig', source.kubeconfig, '--plaintext-secrets', '-o', 'json'],
    ...through(source, door),
  ];
  const restoring = (door: keyof Site['doors'], ...flags: string[]) => [
    ...['restore', archive, '--kubeconfig', target.kubeconfig, '-o', 'json'],
    ...['--registry-map', `${source.host}/=${target.host}/`, ...through(target, door), ...flags],
  ];
  const env = () => ({ DOCKER_CONFIG: folder });

  /** Runs the program, and stops the clock for it in the middle of the large layer until its tokens have ended. */
  async function sleepyRun(args: readonly string[]) {
    const child = startProgram([...args, '--progress', 'json'], { env: env() });
    const outcome = outcomeOf(child);
    await middleOf(child, layer);
    child.kill('SIGSTOP');
    await tokens.expired();
    child.kill('SIGCONT');
    return outcome;
  }

  it('whose tokens end in mid-layer: the export goes on with new ones', async () => {
    const { code, stdout, stderr } = await sleepyRun(exporting(archive, 'token'));
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout).losses).toEqual([]);
    expect(tokens.issued.filter(scopes => scopes === 'repository:large:pull').length).toBeGreaterThan(1);
    expect((await runProgram(['verify', archive])).code).toBe(0);
  });

  it('of which one is read-only: what is in it can be exported, and nothing is written to it', async () => {
    const again = join(folder, 'readonly.tar');
    const { code, stderr } = await runProgram(exporting(again, 'readonly'));
    expect(code, stderr).toBe(0);
    const { storage } = target.foundation.server;
    const { revision } = storage;
    const refused = await runProgram(restoring('readonly', '--yes'));
    expect({ code: refused.code, stderr: refused.stderr }).toEqual({
      code: 5,
      stderr: expect.stringMatching(/405[\s\S]*the registry does not allow this: is it read-only\?/),
    });
    expect(storage.since(revision)).toEqual([]);
  });

  it('whose tokens end in mid-upload: the restore goes on with new ones', async () => {
    const { code, stdout, stderr } = await sleepyRun(restoring('token', '--yes'));
    const { losses, differs, ...result } = JSON.parse(stdout || '{}');
    expect({ code, losses, differs }, stderr).toEqual({ code: 0, losses: [], differs: [] });
    journal = result.journal;
    expect(tokens.issued.filter(scopes => scopes === 'repository:large:pull,push').length).toBeGreaterThan(1);
    const { registries } = client();
    const restored = parseRepository(`${target.doors.open.host}/large`);
    expect(await registries.hasBlob(restored, layer.digest)).toBe(true);
  });

  it('that deletes: an undo takes the images away again', async () => {
    const { registries } = client();
    const at = parseRepository(`${target.doors.open.host}/large`);
    expect(await registries.hasManifest({ ...at, tag: 'v1' })).toBeDefined();
    const args = ['undo', journal, '--kubeconfig', target.kubeconfig, '--yes', '--images', '-o', 'json'];
    const { code, stdout, stderr } = await runProgram([...args, ...through(target, 'token')], { env: env() });
    expect({ code, losses: JSON.parse(stdout || '{}').losses }, stderr).toEqual({ code: 0, losses: [] });
    expect(await registries.hasManifest({ ...at, tag: 'v1' })).toBeUndefined();
  });

  it('from which somebody deletes an image: it is lost by name, and the rest is exported', async () => {
    const { registries } = client();
    const at = parseRepository(`${source.doors.open.host}/large`);
    const digest = await registries.hasManifest({ ...at, tag: 'v1' });
    if (digest === undefined) throw new Error('the large image is there');
    await registries.deleteManifest({ ...at, digest });
    const { code, stdout } = await runProgram(exporting(join(folder, 'less.tar'), 'token'), { env: env() });
    const { losses } = JSON.parse(stdout);
    expect({ code, losses }).toEqual({
      code: 3,
      losses: [
        {
          ...{ kind: 'image-missing', subject: `${source.host}/large:v1` },
          reason: expect.stringMatching(/404/),
          usedBy: ['App default/large'],
        },
      ],
    });
  });
});

/** An image of one large layer, and an object that names it; returns the layer. */
async function addLargeImage({ foundation, host, doors }: Site): Promise<Descriptor> {
  const { registries } = client();
  const bytes = patterned(LAYER_BYTES);
  const repository = parseRepository(`${doors.open.host}/large`);
  const descriptor = descriptorOf(bytes, 'application/vnd.oci.image.layer.v1.tar');
  await registries.pushBlob(repository, descriptor, inChunks(bytes, 1_000_000));
  await pusher(registries, doors.open.host, 'large').image({ layers: [], foreign: [descriptor], tag: 'v1' });
  await foundation.cluster.create(KINDS.App, {
    apiVersion: apiVersionOf(KINDS.App),
    kind: KINDS.App.kind,
    metadata: { namespace: 'default', name: 'large' },
    spec: { paused: true, fetch: [{ image: { url: `${host}/large:v1` } }] },
  });
  return descriptor;
}

/** Until some of the layer has passed. */
function middleOf(child: ChildProcess, { digest }: Descriptor): Promise<void> {
  let seen = '';
  return new Promise(resolve => {
    child.on('close', () => resolve());
    child.stderr?.on('data', chunk => {
      seen += chunk;
      if (seen.includes(`"blob-progress","digest":"${digest}"`)) resolve();
    });
  });
}
