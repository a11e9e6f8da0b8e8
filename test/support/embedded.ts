import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type EmbeddedFoundation,
  type FoundationOptions,
  startFoundation,
} from '../../src/sandbox/foundation.ts';

/** An embedded foundation for the program to work on, with its kubeconfig in a folder of its own. */
export interface Stage extends EmbeddedFoundation {
  readonly directory: string;
  readonly kubeconfigFile: string;
}

/** A landscape of a few apps and little data: every sort of object, in a second or two. */
export const SMALL = { seed: 'test', apps: 9, appBytes: 3_000 } as const;

export async function startStage(options: FoundationOptions): Promise<Stage> {
  const foundation = await startFoundation(options);
  const directory = await mkdtemp(join(tmpdir(), 'asa-backup-test-'));
  const kubeconfigFile = join(directory, 'kubeconfig');
  await writeFile(kubeconfigFile, foundation.kubeconfig);
  const stop = async () => {
    await foundation.stop();
    await rm(directory, { recursive: true, force: true });
  };
  return { ...foundation, directory, kubeconfigFile, stop };
}
