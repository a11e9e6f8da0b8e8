import { printResult } from '../../progress/console.ts';
import { calledAs } from '../names.ts';
import { commandsFor } from './describe.ts';
import { commandHelp, helpColumns, optionsHelp, rootHelp } from './text.ts';

/** Prints the help of a command, or of the program when the name is empty. */
export async function showHelp(name: string): Promise<void> {
  const program = calledAs();
  const commands = commandsFor(program);
  const command = commands.find(other => other.name === name);
  const columns = helpColumns();
  await printResult(
    command === undefined ? rootHelp(commands, program, columns) : commandHelp(command, program, columns),
  );
}

/** Prints the flags that are the same for every command. */
export async function showOptions(): Promise<void> {
  const flags = new Map(
    commandsFor(calledAs())
      .flatMap(command => command.flags)
      .filter(({ global }) => global)
      .map(flag => [flag.name, flag]),
  );
  await printResult(optionsHelp([...flags.values()], helpColumns()));
}
