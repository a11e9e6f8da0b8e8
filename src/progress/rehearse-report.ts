import { count, duration, plural, size } from './format.ts';
import { restoreParts } from './report.ts';
import { facts, page, section, verdict } from './report-parts.ts';
import type { RehearseResult } from './results/restore.ts';

/** Lines that archives are restored over, in bytes a second. */
const LINES = { '100 Mbit/s': 12_500_000, '1 Gbit/s': 125_000_000 } as const;

/** What came back, what did not, and how long the real thing may take. */
export function rehearseReport(result: RehearseResult): string {
  const { restore, problems, seconds } = result;
  return page(
    facts([
      ['file', result.file === '-' ? 'standard input' : result.file],
      ['time', duration(seconds)],
      ['estimate', estimateText(result)],
    ]),
    ...restoreParts(restore),
    section(
      'wrong with what came back:',
      problems.map(problem => `  ! ${problem}`),
    ),
    verdict(rehearseVerdict(result)),
  );
}

/** Bytes by the line, objects by what they took here; what nobody can know beforehand is said to be missing. */
export function estimateText({ estimate: { bytes, objects, applySeconds } }: RehearseResult): string {
  const lines = Object.entries(LINES).map(([line, rate]) => `${duration(bytes / rate)} at ${line}`);
  return `a real restore moves ${size(bytes)}, in ${lines.join(', ')}; its ${plural(objects, 'object')} took ${duration(applySeconds)} here, and take longer where controllers have to pull images and start apps`;
}

export function rehearseVerdict({ file, restore, problems }: RehearseResult): string {
  const name = file === '-' ? 'the archive' : file;
  const { losses } = restore;
  if (losses.length === 0 && problems.length === 0) return `${name} can be restored, nothing is missing`;
  return `${name} can be restored in part: ${count(losses.length)} lost, ${plural(problems.length, 'thing')} not as it should be`;
}
