import { type Command, type Cost, measure } from './measure.ts';

/** Somebody who does the job. */
export interface Contender {
  readonly name: string;
  /** The commands that do it once; called before each run, which is the time to clear away the run before. */
  readonly commands: () => Promise<readonly Command[]> | readonly Command[];
}

/** Ours beside one other's, from runs in turn. */
export interface Row {
  readonly set: string;
  readonly ours: Cost;
  readonly peer?: Cost & { readonly name: string };
  /** Median of the ratios of the pairs of runs. */
  readonly ratio?: number;
  /** At most this. */
  readonly goal?: Goal;
}

type Goal = { readonly ratio: number } | { readonly peakBytes: number } | { readonly seconds: number };

/** The first contender is ours; goals are by the names of the others. */
export interface Contest {
  readonly set: string;
  readonly rounds: number;
  readonly contenders: readonly [Contender, ...Contender[]];
  readonly goals: Readonly<Record<string, number>>;
}

/**
 * Runs all contenders in turn, A B C A B C …, so that a machine that becomes slower or faster does so for all of
 * them, and compares run with run.
 */
export async function compete({ set, rounds, contenders, goals }: Contest): Promise<Row[]> {
  const [ours, ...peers] = contenders;
  const costs = new Map<Contender, Cost[]>(contenders.map(contender => [contender, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) costs.get(contender)?.push(await measure(await contender.commands()));
  }
  const own = costs.get(ours) ?? [];
  if (peers.length === 0) return [{ set, ours: medianCost(own) }];
  return peers.map(peer => {
    const theirs = costs.get(peer) ?? [];
    const ratios = own.map(({ seconds }, round) => seconds / (theirs[round]?.seconds ?? Number.NaN));
    const goal = goals[peer.name];
    return {
      set,
      ours: medianCost(own),
      peer: { name: peer.name, ...medianCost(theirs) },
      ratio: median(ratios),
      ...(goal !== undefined && { goal: { ratio: goal } }),
    };
  });
}

/** The median of the times, and the worst of the peaks. */
function medianCost(costs: readonly Cost[]): Cost {
  return {
    seconds: median(costs.map(({ seconds }) => seconds)),
    peakBytes: Math.max(...costs.map(({ peakBytes }) => peakBytes)),
  };
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
