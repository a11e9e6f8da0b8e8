import type { Contents } from '../archive/head.ts';
import { type Plan, type ResourceBlob, versionOf } from '../archive/plan.ts';
import { ResourceChunker, readObjects } from '../archive/resources.ts';
import type { SecretOpener } from '../archive/secrets.ts';
import type { Digest } from '../base/digest.ts';
import { descriptorOf } from '../foundation/catalog.ts';
import { redact } from '../foundation/redact.ts';

/**
 * A copy of a backup to show to others: its objects without what is secret, and no images, since configs and layers
 * could hold anything and cannot be changed. It says of itself that it is redacted, so that nobody restores it.
 *
 * @throws Failure as reading its objects does; `refused` without a key for encrypted ones.
 */
export async function redactContents(
  contents: Contents,
  opener: SecretOpener | undefined,
): Promise<Contents> {
  const resources: ResourceBlob[] = [];
  const redacted = new Map<Digest, Buffer>();
  for (const blobs of byKind(contents.plan.resources)) {
    const [type] = blobs;
    const descriptor = type && descriptorOf(type.group, type.kind);
    if (type === undefined || descriptor === undefined) continue;
    const chunker = new ResourceChunker(type, (digest, bytes) => void redacted.set(digest, bytes));
    for (const one of blobs) {
      for await (const object of readObjects(contents, one, opener)) chunker.add(redact(descriptor, object));
    }
    resources.push(...(await chunker.finish()));
  }
  const { secrets: _, base: __, ...rest } = contents.plan;
  const plan: Plan = {
    ...rest,
    redacted: true,
    secrets: { kind: 'plaintext' },
    resources,
    images: [],
    layers: [],
  };
  return {
    plan: { ...plan, formatVersion: versionOf(plan, false) },
    blobs: redacted,
  };
}

/** Blobs of one kind stand together. */
function byKind(resources: readonly ResourceBlob[]): ResourceBlob[][] {
  return [...Map.groupBy(resources, ({ group, kind, version }) => `${kind}.${group}/${version}`).values()];
}
