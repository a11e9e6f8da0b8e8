import { Command, Errors } from '@oclif/core';
import { EXIT, Failure } from '../base/errors.ts';

/** What all commands share: how errors reach people, and how the program ends. */
export abstract class BaseCommand extends Command {
  protected override catch(error: Error): Promise<void> {
    return endWith(error);
  }
}

/** Tells what went wrong and sets the exit code that goes with it. */
export async function endWith(error: unknown): Promise<void> {
  // oclif ends the program in this way after it has shown help.
  if (error instanceof Errors.ExitError) {
    process.exitCode = error.oclif.exit ?? EXIT.done;
    return;
  }
  const { printError } = await import('../progress/console.ts');
  const failure = error instanceof Errors.CLIError ? usageFailure(error) : error;
  printError(failure);
  process.exitCode = failure instanceof Failure ? failure.exit : EXIT.failed;
}

/** What oclif finds wrong with flags and arguments, in our words. */
function usageFailure(error: Error): Failure {
  const lines = error.message.split('\n').map(line => line.trim().replace(/\s{2,}/g, ': '));
  const text = lines.filter(line => line !== '' && !/^(See more help|Note:)/.test(line)).join(' ');
  return new Failure('usage', text.charAt(0).toLowerCase() + text.slice(1), { hints: ['see --help'] });
}
