import { EXIT, Failure } from '../../base/errors.ts';
import { printError } from '../../progress/console.ts';

/** Tells what went wrong and sets the exit code that goes with it. */
export function endWithFailure(error: unknown): void {
  printError(error);
  process.exitCode = error instanceof Failure ? error.exit : EXIT.failed;
}
