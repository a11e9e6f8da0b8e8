import { join } from 'node:path';
import { type Stage, type StageOptions, startStage, TINY } from './embedded.ts';
import { runProgram } from './program.ts';

/** A foundation with something in it, an empty one, and how to get from one to the other. */
export interface Pair {
  readonly source: Stage;
  readonly target: Stage;
  /** The source's archive, with secrets in plain text. */
  readonly archive: string;
  /** Flags of an export. */
  readonly exporting: readonly string[];
  /** A restore of the archive, with more flags. */
  restoring(...more: string[]): string[];
  /** A file in a folder that is gone afterwards. */
  file(name: string): string;
  stop(): Promise<unknown>;
}

interface PairOptions {
  readonly source?: StageOptions;
  readonly target?: StageOptions;
  /** What happens at the source before it is exported. */
  readonly before?: (source: Stage) => Promise<unknown>;
}

export async function startPair(options: PairOptions = {}): Promise<Pair> {
  const [source, target] = await Promise.all([
    startStage(options.source ?? { name: 'source', landscape: TINY }),
    startStage(options.target ?? { name: 'target' }),
  ]);
  await options.before?.(source);
  const file = (name: string) => join(source.directory, name);
  const archive = file('whole.tar');
  const exporting = ['--kubeconfig', source.kubeconfigFile, '--plaintext-secrets'];
  const { code, stderr } = await runProgram(['export', archive, ...exporting]);
  if (code !== 0) throw new Error(stderr);
  const map = `${source.registry.host}/=${target.registry.host}/`;
  return {
    source,
    target,
    archive,
    exporting,
    restoring: (...more) => [
      ...['restore', archive, '--kubeconfig', target.kubeconfigFile, '--registry-map', map],
      ...more,
    ],
    file,
    stop: () => Promise.all([source.stop(), target.stop()]),
  };
}
