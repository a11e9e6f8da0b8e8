import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openArchive } from '../../../src/archive/open-archive.ts';
import { verifyArchive } from '../../../src/archive/verify.ts';
import { digestOf } from '../../../src/base/digest.ts';
import { MEDIA } from '../../../src/registry/descriptor.ts';
import { piped } from '../../archive/fixtures.ts';
import { client, descriptorOf, patterned, registry } from '../../registry/setting.ts';
import { exportImages } from './move-images.ts';

/** Content that manifests name: from none to more than what comes while planning. */
const BLOBS = [0, 10, 2000, 100_000].map((size, seed) => patterned(size, seed));
const TYPES = [
  ...[MEDIA.ociManifest, MEDIA.ociIndex, MEDIA.dockerManifest, MEDIA.dockerIndex, MEDIA.ociConfig],
  ...['application/vnd.oci.artifact.manifest.v1+json', 'application/octet-stream', '', 7],
  'application/vnd.oci.image.layer.nondistributable.v1.tar',
];

/** A descriptor that is right in most of what it says. */
const named = fc.record({
  /** Among the blobs and the manifests before it. */
  what: fc.nat(9),
  type: fc.constantFrom(...TYPES),
  off: fc.oneof(
    { weight: 9, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constantFrom(-1, 1, 9e6) },
  ),
  more: fc.oneof(
    { weight: 8, arbitrary: fc.constant({}) },
    {
      weight: 1,
      arbitrary: fc.constantFrom({ urls: ['https://x/'] }, { urls: [] }, { urls: [1] }, { data: '' }),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom({ annotations: { a: 'b' } }, { annotations: { a: 1 } }, { data: 7 }),
    },
  ),
});
const list = fc.oneof(
  { weight: 6, arbitrary: fc.array(named, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom(null, undefined, {}, 'x') },
);
const manifest = fc.record({
  mediaType: fc.constantFrom(...TYPES.slice(0, 4), ...TYPES, undefined),
  config: fc.option(named, { nil: undefined }),
  layers: list,
  manifests: fc.oneof(fc.constant(undefined), list),
  blobs: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: list }),
  subject: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: named }),
});
type Named = typeof named extends fc.Arbitrary<infer T> ? T : never;
type Sketch = typeof manifest extends fc.Arbitrary<infer T> ? T : never;

/** The manifests as text, each of which may name those before it. */
function written(sketches: readonly Sketch[]): Buffer[] {
  const manifests: Buffer[] = [];
  const describe = ({ what, type, off, more }: Named) => {
    const all = [...BLOBS, ...manifests];
    const { digest, size } = descriptorOf(all[what % all.length] as Buffer);
    return { mediaType: type, digest, size: size + off, ...more };
  };
  const each = (value: Sketch['layers']) => (Array.isArray(value) ? value.map(describe) : value);
  for (const { config, layers, manifests: children, blobs, subject, ...rest } of sketches) {
    const json = {
      ...{ schemaVersion: 2, ...rest, layers: each(layers), manifests: each(children), blobs: each(blobs) },
      ...(config && { config: describe(config) }),
      ...(subject && { subject: describe(subject) }),
    };
    manifests.push(Buffer.from(JSON.stringify(json)));
  }
  return manifests;
}

const RUNS = Number(process.env.ASA_MANIFEST_RUNS ?? 60);

describe('manifests of whatever sort', () => {
  it('never make an archive that its reader refuses', { timeout: 20_000 + RUNS * 100 }, async () => {
    let manifests: readonly Buffer[] = [];
    const server = await registry({
      intercept: (request, response) => {
        const name = /\/manifests\/(.*)/.exec(request.url ?? '')?.[1];
        const bytes = manifests.find((bytes, at) => name === digestOf(bytes) || name === `v${at}`);
        if (bytes !== undefined) response.end(bytes);
        return bytes !== undefined;
      },
    });
    for (const blob of BLOBS) server.pushBlob('a', blob);
    let kept = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(manifest, { minLength: 1, maxLength: 4 }), async sketches => {
        manifests = written(sketches);
        const { registries } = client();
        const references = manifests.map((_, at) => `${server.host}/a:v${at}`);
        const { archive, plan } = await exportImages(references, registries);
        kept += plan.images.length;
        await verifyArchive(await openArchive(piped(archive)));
        await registries.close();
      }),
      { numRuns: RUNS },
    );
    // Else the manifests would be too odd to say anything.
    expect(kept).toBeGreaterThan(RUNS / 10);
  });
});
