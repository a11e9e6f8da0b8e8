import type { ArchiveFrom } from '../../src/archive/feed.ts';
import { openArchive } from '../../src/archive/open-archive.ts';
import { Flow } from '../../src/base/flow.ts';
import { openCluster } from '../../src/commands/from-flags/cluster.ts';
import { openRegistries } from '../../src/commands/from-flags/registries.ts';
import { restoreSettings } from '../../src/commands/from-flags/restore-settings.ts';
import { diffArchive } from '../../src/restore/diff.ts';
import type { PrepareOptions } from '../../src/restore/prepare.ts';
import { prepareRestore } from '../../src/restore/restore.ts';
import type { Stage } from './embedded.ts';

/** What is restored, and where to. */
export interface Move {
  readonly from: ArchiveFrom;
  /** The registry whose images go to the target's. */
  readonly registry: string;
  readonly target: Stage;
  /** As for `--allow`. */
  readonly allow?: string[];
  readonly eager?: boolean;
}

const report = () => undefined;

/** A whole restore in this process, by the engine, without questions, journal and lease. */
export function restoreInProcess(move: Move) {
  return withParts(move, async parts => {
    const settings = await restoreSettings({ 'wait-timeout': ['60s'], eager: move.eager, allow: move.allow });
    const restore = await prepareRestore({ ...settings, ...parts });
    return restore.run(report);
  });
}

/** What the target has otherwise than the archive. */
export function diffInProcess(move: Move) {
  return withParts(move, parts => diffArchive(parts));
}

async function withParts<T>(
  { from, registry, target }: Move,
  work: (parts: PrepareOptions) => Promise<T>,
): Promise<T> {
  const open: (() => Promise<void>)[] = [];
  try {
    const archive = await openArchive(from);
    open.push(() => archive.close());
    const cluster = await openCluster({ kubeconfig: target.kubeconfigFile }, report);
    open.push(() => cluster.close());
    const { registries, ...logins } = await openRegistries({}, cluster, report, new Flow(6));
    open.push(() => registries.close());
    const imageRules = [{ from: `${registry}/`, to: `${target.registry.host}/` }];
    const rules = { imageRules, domainRules: [], selection: undefined, start: true };
    return await work({ archive, opener: undefined, cluster, registries, ...logins, ...rules, report });
  } finally {
    for (const close of open.reverse()) await close();
  }
}
