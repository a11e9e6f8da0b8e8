import { leftBy } from '../../archive/base.ts';
import { openSource } from '../../archive/open-archive.ts';
import type { Plan } from '../../archive/plan.ts';
import { readObjects } from '../../archive/resources.ts';
import { inspectArchive } from '../../archive/verify.ts';
import type { KubeObject } from '../../base/object.ts';
import { texts } from '../../foundation/path.ts';
import { selectionFlags } from '../../foundation/selection-flags.ts';
import { treeOf } from '../../foundation/tree.ts';
import type { InspectResult, LayoutResult } from '../../progress/results/archive.ts';
import { archiveFrom, nameOf } from '../from-flags/media.ts';
import { readAllowedSigners } from '../from-flags/signing.ts';
import { readLayoutOf } from './layout.ts';

/** Kinds that are read for the overview; none of them is secret. */
const TREE_KINDS = ['CFOrg', 'CFSpace', 'CFApp', 'PackageInstall'];

/** What an archive holds, from its head and seal; or an image layout that another program made. */
export async function runInspect(
  files: readonly string[],
  flags: Parameters<typeof readAllowedSigners>[0],
): Promise<InspectResult | LayoutResult> {
  const signers = await readAllowedSigners(flags);
  const { from, ...options } = archiveFrom(files);
  const source = await openSource(from, options);
  const layout = await readLayoutOf(source, nameOf(files), 'presence', signers);
  if (layout !== undefined) return layout;
  const { head, seal, signature, layersRead } = await inspectArchive(source, { signers });
  const { plan } = head;
  const overview: KubeObject[] = [];
  const base = leftBy(plan);
  for (const blob of plan.resources.filter(({ kind }) => TREE_KINDS.includes(kind))) {
    for await (const object of readObjects(head, blob)) overview.push(object);
  }
  return {
    file: nameOf(files),
    bytes: head.totalBytes,
    checked: layersRead ? 'all' : 'presence',
    formatVersion: plan.formatVersion,
    createdAt: plan.createdAt,
    tool: `${plan.tool.name} ${plan.tool.version}`,
    secrets: plan.redacted ? 'redacted' : plan.secrets.kind,
    ...(signature && { signature }),
    source: sourceOf(plan),
    orgs: treeOf(overview).map(({ name, spaces }) => ({
      name,
      spaces: spaces.map(space => ({ name: space.name, apps: space.apps.map(app => app.name) })),
    })),
    packages: overview.filter(({ kind }) => kind === 'PackageInstall').map(packageOf),
    objects: countsOf(plan),
    ...(plan.selection && {
      selection: { flags: selectionFlags(plan.selection), leftOut: plan.selection.leftOut },
    }),
    images: plan.images
      .filter(({ attachedTo }) => attachedTo === undefined)
      .map(({ reference, size, usedBy }) => ({ reference, bytes: size, usedBy })),
    attached: attachedIn(plan),
    packagesLeftOut: plan.images.flatMap(({ bundle }) => bundle?.leftOut ?? []),
    layerBytes: plan.layers.reduce((sum, { size }) => sum + size, 0),
    ...(base && { base }),
    absentKinds: plan.source.absentKinds,
    losses: [...plan.losses, ...seal.losses],
  };
}

function sourceOf({ source: { kubernetesVersion, korifi } }: Plan): InspectResult['source'] {
  return {
    ...(kubernetesVersion && { kubernetes: kubernetesVersion }),
    ...(korifi?.version && { korifi: korifi.version }),
    ...(korifi && { rootNamespace: korifi.rootNamespace }),
    ...(korifi?.containerRepositoryPrefix && { registryPrefix: korifi.containerRepositoryPrefix }),
  };
}

function packageOf(install: KubeObject): { name: string; version?: string } {
  const [version] = texts(install, 'status.version');
  return { name: install.metadata.name, ...(version !== undefined && { version }) };
}

/** Signatures and the like, with all that they are made of. */
function attachedIn({ images }: Plan): InspectResult['attached'] {
  const attached = images.filter(({ attachedTo }) => attachedTo !== undefined);
  return { count: attached.length, bytes: attached.reduce((sum, { size }) => sum + size, 0) };
}

/** Objects by kind. */
export function countsOf({ resources }: Plan): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind, objects } of resources) counts[kind] = (counts[kind] ?? 0) + objects;
  return counts;
}
