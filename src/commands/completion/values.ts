import { findKubeconfig } from '../../cluster/kubeconfig-files.ts';
import { HELP } from '../help/all.ts';
import type { Candidate, Line } from './complete.ts';

type Source = (line: Line) => Promise<readonly Candidate[]>;

/** Where the values of flags come from, by the flag's name. */
const SOURCES: Readonly<Record<string, Source>> = {
  context: async line => names([...kubeconfig(line).contexts.keys()]),
  cluster: async line => names([...kubeconfig(line).clusters.keys()]),
  user: async line => names([...kubeconfig(line).users.keys()]),
  namespace: line => named(line, 'Namespace'),
  org: line => named(line, 'CFOrg'),
  space: line => named(line, 'CFSpace'),
  app: line => named(line, 'CFApp'),
  include: kinds,
  exclude: kinds,
};

/** Names of what is in the kubeconfig, in the cluster, or in the archive that stands on the line. */
export async function valuesOf(flag: string, line: Line): Promise<readonly Candidate[] | undefined> {
  return SOURCES[flag]?.(line);
}

function kubeconfig({ flags }: Line) {
  return findKubeconfig({ kubeconfig: flags.get('kubeconfig')?.at(-1) }).config;
}

async function kinds(): Promise<readonly Candidate[]> {
  const { LISTED } = await import('../../foundation/catalog.ts');
  return LISTED.map(({ kind, meaning }) => ({ value: kind, description: meaning }));
}

/** The objects of a kind by the names that people gave them: of the archive for commands that read one. */
function named(line: Line, kind: string): Promise<readonly Candidate[]> {
  const [file] = line.positional;
  const readsArchive = line.command !== 'export' && HELP.some(({ name }) => name === line.command);
  return readsArchive && file !== undefined && file !== '-' ? inArchive(file, kind) : inCluster(line, kind);
}

async function inArchive(file: string, kind: string): Promise<readonly Candidate[]> {
  const [{ inspectArchive }, { readObjects }] = await Promise.all([
    import('../../archive/verify.ts'),
    import('../../archive/resources.ts'),
  ]);
  const { head } = await inspectArchive(file);
  const found: string[] = [];
  for (const blob of head.plan.resources.filter(other => other.kind === kind)) {
    for await (const object of readObjects(head, blob)) found.push(displayName(object));
  }
  return names(found);
}

async function inCluster(line: Line, kind: string): Promise<readonly Candidate[]> {
  const [{ connectCluster }, { listWhereServed }, { CATALOG }, { clusterOptions }] = await Promise.all([
    import('../../cluster/client.ts'),
    import('../../cluster/served.ts'),
    import('../../foundation/catalog.ts'),
    import('../flags/cluster.ts'),
  ]);
  const given = Object.fromEntries([...line.flags].map(([flag, values]) => [flag, values.at(-1)]));
  const cluster = await connectCluster({ ...clusterOptions(given), brief: true });
  try {
    const kinds = CATALOG.filter(other => other.kind === kind);
    return names((await listWhereServed(cluster, kinds)).map(displayName));
  } finally {
    await cluster.close();
  }
}

function displayName({ spec, metadata }: { spec?: unknown; metadata: { name: string } }): string {
  const display = (spec as { displayName?: unknown } | undefined)?.displayName;
  return typeof display === 'string' ? display : metadata.name;
}

function names(values: readonly string[]): Candidate[] {
  return [...new Set(values)].sort().map(value => ({ value }));
}
