import { layOut } from '../../../src/archive/head.ts';
import { openArchive } from '../../../src/archive/open-archive.ts';
import type { Plan } from '../../../src/archive/plan.ts';
import { FORMAT_VERSION } from '../../../src/archive/plan.ts';
import { verifyArchive } from '../../../src/archive/verify.ts';
import { ArchiveWriter } from '../../../src/archive/writer.ts';
import type { Loss } from '../../../src/base/losses.ts';
import { planImages } from '../../../src/export/plan-images.ts';
import { ImageMap, type MapRule } from '../../../src/foundation/image-map.ts';
import type { ResolveOptions } from '../../../src/registry/image.ts';
import type { Registries } from '../../../src/registry/registry.ts';
import { ImagePusher } from '../../../src/restore/images/image-pusher.ts';
import { layerTargets, placeImages } from '../../../src/restore/images/placement.ts';
import { pushLayers, surveyLayers } from '../../../src/restore/images/push-layers.ts';
import { MemorySink, piped } from '../../archive/fixtures.ts';

const report = () => undefined;

export async function exportImages(
  references: readonly string[],
  registries: Registries,
  options: ResolveOptions = { attached: true },
): Promise<{ plan: Plan; archive: Buffer }> {
  const uses = references.map(text => ({ text, usedBy: ['CFBuild space/build'] }));
  const { images, layers, losses, small, sources } = await planImages(uses, registries, report, options);
  const plan: Plan = {
    formatVersion: FORMAT_VERSION,
    createdAt: '2026-11-23T12:00:00Z',
    tool: { name: 'kubectl-asa-backup', version: '0.1.0' },
    source: { absentKinds: [] },
    secrets: { kind: 'plaintext' },
    resources: [],
    images: [...images],
    layers: [...layers],
    losses: [...losses],
  };
  const blobs = new Map(small.map(({ descriptor, bytes }) => [descriptor.digest, bytes]));
  const sink = new MemorySink();
  const writer = new ArchiveWriter(sink, layOut({ plan, blobs }));
  await writer.writeHead();
  for await (const { index, chunk } of registries.blobs(sources)) await writer.writeLayer(index, chunk);
  await writer.seal();
  return { plan, archive: sink.bytes };
}

/** Checks the archive as `verify` does, and restores its images. */
export async function restoreImages(
  bytes: Buffer,
  registries: Registries,
  rules: readonly MapRule[],
): Promise<Loss[]> {
  await verifyArchive(await openArchive(piped(bytes)));
  const archive = await openArchive(piped(bytes));
  const { placed } = placeImages(archive.head, new ImageMap(rules));
  const work = await surveyLayers(layerTargets(archive.head, placed), registries);
  await pushLayers(archive.layers(), work, registries, report);
  await archive.finish();
  const pusher = new ImagePusher({ archive: archive.head, registries, report });
  await pusher.pushAll(placed);
  return pusher.losses;
}
