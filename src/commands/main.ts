import { endWithFailure } from './end.ts';
import { COMMANDS } from './index.ts';

/** How long the live view has to go away in a crash. */
const VIEW_ENDS_MS = 1_000;

/**
 * Runs a command.
 * @param args behind the program's name
 */
export async function main([name = '', ...argv]: readonly string[]): Promise<void> {
  process.once('uncaughtException', error => void endAbruptly(error));
  if (Object.hasOwn(COMMANDS, name)) {
    const Command = COMMANDS[name as keyof typeof COMMANDS];
    await new Command(argv).start();
  } else {
    const { unknownCommand } = await import('./help/show.ts');
    endWithFailure(unknownCommand(name));
  }
}

/** An error that nobody waited for is a bug. It is told as every other, on a terminal that is as it was. */
async function endAbruptly(error: unknown): Promise<void> {
  const { leaveView } = await import('../progress/printer.ts');
  // A view that hangs as well is left to the end of the process.
  await Promise.race([leaveView(), new Promise(resolve => setTimeout(resolve, VIEW_ENDS_MS))]);
  endWithFailure(error);
  process.exit();
}
