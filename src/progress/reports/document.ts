import type { Loss } from '../../base/losses.ts';
import type { RunRecord } from '../recorder.ts';
import type { Fact } from '../report-parts.ts';
import type { UsedMap } from '../results/restore.ts';
import type { Ending } from '../tally.ts';

/** Who needs the bytes of the layers; `foundation/image-shares.ts` says what the numbers count. */
export interface Share {
  readonly name: string;
  readonly sort: 'foundation' | 'installation' | 'org' | 'space' | 'app' | 'object';
  readonly own: number;
  readonly total: number;
  readonly needs: number;
  readonly parts: readonly Share[];
}

/**
 * One run, told to whoever was not there: what `--report` writes, in whichever form. Sizes are bytes, times RFC 3339 or
 * seconds.
 */
export interface ReportDocument {
  /** It grows when a reader of the old one would go wrong. New fields do not count. */
  readonly schema: 1;
  /** Name and version. */
  readonly tool: string;
  readonly command: string;
  /** The archive, as it was named. */
  readonly file: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly ending: Ending;
  /** In one sentence. */
  readonly verdict: string;
  /** What ended it, and what to do; none when it was done. */
  readonly error: readonly string[];
  readonly facts: readonly Fact[];
  /** By kind and what became of them. */
  readonly objects: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** What was to be done; `record` says what was done, and when. */
  readonly planned: readonly { readonly kinds: readonly string[]; readonly objects: number }[];
  readonly record: Omit<RunRecord, 'losses' | 'notes'>;
  /** Unknown when the run ended before there was a plan. */
  readonly images: Share | undefined;
  readonly maps: readonly UsedMap[];
  readonly differs: readonly { readonly subject: string; readonly paths: readonly string[] }[];
  readonly notes: readonly string[];
  readonly losses: readonly Loss[];
}
