import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FORMAT_VERSION } from '../../src/archive/plan.ts';
import { type Digest, digestOf } from '../../src/base/digest.ts';
import type { KubeObject } from '../../src/base/object.ts';
import { archiveOf, packed } from '../archive/fixtures.ts';
import { runProgram } from '../support/program.ts';
import { ProgramInTerminal } from '../support/terminal.ts';

const [ORGS, APPS_EACH] = [200, 25];
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';

let folder: string;
let archive: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asa-large-'));
  archive = join(folder, 'large.tar');
  await writeFile(archive, await largeArchive());
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Times are told beside that of `inspect`, which reads the same archive: what they are depends on the machine. */
it('the wizard opens 200 orgs and 5,000 apps, and moves in them, without making anybody wait', async () => {
  const start = performance.now();
  expect((await runProgram(['inspect', archive, '-o', 'json'])).code).toBe(0);
  const reading = performance.now() - start;
  const terminal = new ProgramInTerminal(['restore', archive], { columns: 120, rows: 40 });
  await terminal.untilScreen(/What is in the archive[\s\S]*15,400 objects/);
  const timed = async (keys: string, shows: RegExp) => {
    const start = performance.now();
    terminal.type(keys);
    await terminal.untilScreen(shows);
    return performance.now() - start;
  };
  const opening = await timed('\r', /everything +15,400 objects[\s\S]*org-000[\s\S]*chosen: 15,400 objects/);
  const moving = [
    await timed('\u001b[F', /› .*org-199/),
    await timed('\u001b[H', /›.*everything/),
    await timed('app-142-17', /› .*app-142-17/),
    await timed(' ', /\[-\] everything[\s\S]*› .*\[ \] app-142-17[\s\S]*chosen: 15,\d{3}/),
    await timed('\u001b', /org-142 org[\s\S]*space-142 space/),
  ];
  terminal.type('\u0003');
  expect(await terminal.ended).toBe(130);
  expect(opening / reading).toBeLessThan(3);
  expect(Math.max(...moving) / reading).toBeLessThan(1);
}, 120_000);

/** Orgs with a space each, and apps with a package and a droplet each that have a layer in common. */
async function largeArchive(): Promise<Buffer> {
  const korifi = (kind: string, namespace: string, name: string, fields: object): KubeObject => ({
    ...{ apiVersion: 'korifi.cloudfoundry.org/v1alpha1', kind, metadata: { namespace, name } },
    ...fields,
  });
  const number = (at: number) => String(at).padStart(3, '0');
  const orgs = Array.from({ length: ORGS }, (_, at) => number(at));
  const apps = orgs.flatMap(org =>
    Array.from({ length: APPS_EACH }, (_, at) => ({ org, app: `app-${org}-${at}` })),
  );
  const named = (name: string) => ({ spec: { displayName: name } });
  const reference = (app: string) => `registry.example.com/korifi/${app}:v1`;
  const kinds = {
    CFOrg: orgs.map(org => korifi('CFOrg', 'cf', `o${org}`, named(`org-${org}`))),
    CFSpace: orgs.map(org => korifi('CFSpace', `o${org}`, `s${org}`, named(`space-${org}`))),
    CFApp: apps.map(({ org, app }) => korifi('CFApp', `s${org}`, app, named(app))),
    CFBuild: apps.map(({ org, app }) =>
      korifi('CFBuild', `s${org}`, `${app}-b`, {
        spec: { appRef: { name: app }, packageRef: { name: `${app}-p` } },
        status: { droplet: { registry: { image: reference(app) } } },
      }),
    ),
    CFPackage: apps.map(({ org, app }) =>
      korifi('CFPackage', `s${org}`, `${app}-p`, { spec: { type: 'bits', appRef: { name: app } } }),
    ),
  };
  const resources = [];
  for (const [kind, objects] of Object.entries(kinds)) {
    resources.push(
      ...(await packed({ group: 'korifi.cloudfoundry.org', kind, version: 'v1alpha1' }, objects)),
    );
  }
  const blobs = new Map<Digest, Buffer>(resources.map(({ blob, bytes }) => [blob.digest, bytes]));
  const store = (document: object, mediaType: string) => {
    const bytes = Buffer.from(JSON.stringify(document));
    blobs.set(digestOf(bytes), bytes);
    return { mediaType, digest: digestOf(bytes), size: bytes.length };
  };
  const shared = Buffer.from('a layer that all apps have');
  const own = apps.map(({ app }) => Buffer.from(`the layer of ${app}`));
  const layer = (bytes: Buffer) => ({ mediaType: LAYER, digest: digestOf(bytes), size: bytes.length });
  const images = apps.map(({ org, app }, at) => {
    const config = store({ os: 'linux', of: app }, 'application/vnd.oci.image.config.v1+json');
    const layers = [layer(shared), layer(own[at] ?? shared)];
    const { digest, mediaType, size } = store(
      { schemaVersion: 2, mediaType: MANIFEST, config, layers },
      MANIFEST,
    );
    const repository = `registry.example.com/korifi/${app}`;
    return {
      reference: reference(app),
      repository,
      digest,
      mediaType,
      size,
      usedBy: [`CFBuild s${org}/${app}-b`],
    };
  });
  const layers = [shared, ...own];
  return archiveOf({
    plan: {
      formatVersion: FORMAT_VERSION,
      createdAt: '2026-03-01T12:00:00.000Z',
      tool: { name: 'test', version: '1' },
      source: { absentKinds: [] },
      secrets: { kind: 'plaintext' },
      resources: resources.map(({ blob }) => blob),
      images,
      layers: layers.map((bytes, at) => ({
        digest: digestOf(bytes),
        size: bytes.length,
        repositories:
          at === 0 ? images.map(({ repository }) => repository).sort() : [images[at - 1]?.repository ?? ''],
      })),
      losses: [],
    },
    blobs,
    layers,
  });
}
