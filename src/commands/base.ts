import { Command, Errors } from '@oclif/core';
import { EXIT, Failure } from '../base/errors.ts';
import { usageFailure } from './usage.ts';

/** What all commands share: how errors reach people, and how the program ends. */
export abstract class BaseCommand extends Command {
  protected override catch(error: Error): Promise<void> {
    return endWith(error, Object.keys(this.ctor.flags));
  }
}

/**
 * Tells what went wrong and sets the exit code that goes with it.
 * @param flags those of the command that was running
 */
export async function endWith(error: unknown, flags?: readonly string[]): Promise<void> {
  // oclif ends the program in this way after it has shown help.
  if (error instanceof Errors.ExitError) {
    process.exitCode = error.oclif.exit ?? EXIT.done;
    return;
  }
  const { printError } = await import('../progress/console.ts');
  const failure = error instanceof Errors.CLIError ? usageFailure(error, flags) : error;
  printError(failure);
  process.exitCode = failure instanceof Failure ? failure.exit : EXIT.failed;
}
