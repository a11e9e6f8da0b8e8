import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LEASE } from '../../src/restore/run-lease.ts';
import type { Authorizer } from '../../src/sandbox/apiserver/access.ts';
import {
  type EmbeddedFoundation,
  type FoundationOptions,
  startFoundation,
} from '../../src/sandbox/foundation.ts';
import { ApiFaults } from '../faults/apiserver.ts';
import { type Fault, faulty } from '../faults/registry.ts';

/** An embedded foundation for the program to work on, with its kubeconfig in a folder of its own. */
export interface Stage extends EmbeddedFoundation {
  readonly directory: string;
  readonly kubeconfigFile: string;
  readonly faults: StageFaults;
}

/** What goes wrong on a stage, from the outside: its own controllers reach the API server past it. */
interface StageFaults {
  readonly api: ApiFaults;
  /** Of the registry, until {@link clear}. */
  registry(...faults: readonly Fault[]): void;
  clear(): void;
}

export interface StageOptions extends Omit<FoundationOptions, 'servers'> {
  /** Who may do what; everything is allowed otherwise. */
  readonly authorize?: Authorizer;
}

/** A landscape of a few apps and little data: every sort of object, in a second or two. */
export const SMALL = { seed: 'test', apps: 9, appBytes: 3_000 } as const;
/** One of two apps, for tests to which its size means nothing. */
export const TINY = { seed: 'test', apps: 2, appBytes: 3_000 } as const;

/** The same with layers that are too large to come while an export plans. */
export const LAYERED = { ...TINY, appBytes: 300_000 } as const;

export async function startStage({ authorize, ...options }: StageOptions): Promise<Stage> {
  const api = new ApiFaults();
  let disturb = faulty();
  const foundation = await startFoundation({
    ...options,
    servers: {
      api: { intercept: api.intercept, ...(authorize && { authorize }) },
      registry: { intercept: (request, response) => disturb(request, response) },
    },
  });
  const faults: StageFaults = {
    api,
    registry: (...some) => {
      disturb = faulty(...some);
    },
    clear: () => {
      api.clear();
      disturb = faulty();
    },
  };
  const directory = await mkdtemp(join(tmpdir(), 'asa-backup-test-'));
  const kubeconfigFile = join(directory, 'kubeconfig');
  await writeFile(kubeconfigFile, foundation.kubeconfig);
  const stop = async () => {
    await foundation.stop();
    await rm(directory, { recursive: true, force: true });
  };
  return { ...foundation, directory, kubeconfigFile, faults, stop };
}

/** Which objects were written since, but for the Lease by which restores keep out of each other's way. */
export function writtenSince({ server }: Stage, revision: number): string[] {
  return (server.storage.since(revision) ?? [])
    .filter(({ kind, object }) => !(kind.kind === 'Lease' && object.metadata.name === LEASE.name))
    .map(({ type, kind, object }) => `${type} ${kind.kind} ${object.metadata.name}`);
}
