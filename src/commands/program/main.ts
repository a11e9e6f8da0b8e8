import { COMMANDS } from '../index.ts';
import { endWithFailure } from './end.ts';

/**
 * Runs a command.
 * @param args behind the program's name
 */
export async function main([name = '', ...argv]: readonly string[]): Promise<void> {
  if (Object.hasOwn(COMMANDS, name)) {
    const Command = COMMANDS[name as keyof typeof COMMANDS];
    await new Command(argv).start();
  } else {
    const { unknownCommand } = await import('../help/show.ts');
    endWithFailure(unknownCommand(name));
  }
}
