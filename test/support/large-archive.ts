import { FORMAT_VERSION } from '../../src/archive/plan.ts';
import { type Digest, digestOf } from '../../src/base/digest.ts';
import type { KubeObject } from '../../src/base/object.ts';
import { archiveOf, packed } from '../archive/fixtures.ts';

const [ORGS, APPS_EACH] = [200, 25];
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';

/** An archive of 200 orgs with a space each, and apps with a package and a droplet each that have a layer in common. */
export async function largeArchive(): Promise<Buffer> {
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
