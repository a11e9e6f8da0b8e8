import { printResult } from '../../progress/console.ts';
import { rewriteReport } from '../../progress/copy-report.ts';
import type { RewriteResult } from '../../progress/results/archive.ts';

/** Tells of a changed archive; beside it, where it is on standard output. */
export async function printRewrite(result: RewriteResult, done: string, quiet: boolean): Promise<void> {
  if (result.file === '-') process.stderr.write(quiet ? '' : `${rewriteReport(result, done)}\n`);
  else await printResult(rewriteReport(result, done));
}
