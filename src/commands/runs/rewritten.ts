import { EXIT, type ExitCode } from '../../base/errors.ts';
import { printResult } from '../../progress/console.ts';
import { rewriteReport } from '../../progress/copy-report.ts';
import type { RewriteResult } from '../../progress/results/archive.ts';

/**
 * Tells of a changed archive; beside it, where it is on standard output. What the backup lacks the new archive lacks too,
 * so that the exit code is the one that its export and its verification have.
 */
export async function printRewrite(result: RewriteResult, done: string, quiet: boolean): Promise<ExitCode> {
  if (result.file === '-') process.stderr.write(quiet ? '' : `${rewriteReport(result, done)}\n`);
  else await printResult(rewriteReport(result, done));
  return result.losses.length > 0 ? EXIT.losses : EXIT.done;
}
