import { realpath } from 'node:fs/promises';
import type { BasePlan } from '../../archive/base.ts';
import { openBases } from '../../archive/open-bases.ts';
import type { ArchiveReader } from '../../archive/reader.ts';
import { parseVolumeName } from '../../archive/volumes/names.ts';
import { partsAt } from '../../archive/volumes/part-files.ts';
import { Failure } from '../../base/errors.ts';
import { askLine, canAsk } from '../../progress/console.ts';
import { aside } from '../../progress/printer.ts';

/** `--base`. */
export interface BaseFlagValues {
  readonly base?: readonly string[] | undefined;
}

/**
 * The archive that an export leaves layers to, with its head and seal checked.
 *
 * @param file that the export writes: not the base itself.
 * @throws Failure `usage`, or as {@link openBases}.
 */
export async function readBase(file: string, { base }: BaseFlagValues): Promise<BasePlan | undefined> {
  if (base === undefined || base.length === 0) return undefined;
  const bases = await openBases(base);
  try {
    const [plan, ...more] = bases.plans;
    if (plan === undefined || more.length > 0) {
      throw new Failure('usage', 'an export leaves layers to one archive, and several were given', {
        subject: base.join(', '),
        hints: ['give the last archive of the chain: what that one left to its own base counts as its own'],
      });
    }
    for (const path of base) for (const one of await partsAt(path)) await checkKept(one, file);
    return plan;
  } finally {
    await bases.close();
  }
}

async function checkKept(base: string, file: string): Promise<void> {
  const archive = parseVolumeName(base)?.archive ?? base;
  const [one, other] = await Promise.all([archive, file].map(path => realpath(path).catch(() => path)));
  if (one !== other) return;
  throw new Failure('usage', 'the new archive would replace its own base', {
    subject: file,
    hints: ['write it to another file: both are needed together'],
  });
}

interface Given {
  /** What `--base` says now. */
  readonly base: readonly string[];
  /** What is still not at hand. */
  readonly gap: Failure | undefined;
}

/**
 * Gives a differential archive its base, the base of that, and so on; somebody at a terminal is asked for what is missing.
 *
 * @throws Failure as {@link openBases}.
 */
export async function giveBases(archive: ArchiveReader, file: string, flags: BaseFlagValues): Promise<Given> {
  const base = [...(flags.base ?? [])];
  if (archive.head.plan.base === undefined) return { base, gap: undefined };
  await take(archive, base);
  for (let problem: string | undefined; ; ) {
    const gap = archive.bases.gap({ file, head: archive.head });
    if (gap === undefined || !canAsk()) return { base, gap };
    const answer = await askForBase([...(problem === undefined ? [] : [problem]), gap.message]);
    if (answer === undefined) return { base, gap };
    problem = await take(archive, [...base, answer]).catch(problemOf);
    if (problem === undefined) base.push(answer);
  }
}

async function take(archive: ArchiveReader, base: readonly string[]): Promise<undefined> {
  const bases = await openBases(base);
  await archive.bases.close();
  archive.bases = bases;
}

/** Whoever has answered may answer otherwise. */
function problemOf(error: unknown): string {
  if (!(error instanceof Failure)) throw error;
  return `${error.subject}: ${error.message}`;
}

const NONE = 'none';

async function askForBase(lines: readonly string[]): Promise<string | undefined> {
  const answer = await aside(() => askLine(lines, 'its file, or the folder with its parts', NONE));
  return answer === NONE ? undefined : answer;
}

/** The same, for what cannot do without. @throws Failure `base-missing`. */
export async function giveAllBases(
  archive: ArchiveReader,
  file: string,
  flags: BaseFlagValues,
): Promise<void> {
  const { gap } = await giveBases(archive, file, flags);
  if (gap !== undefined) throw gap;
}
