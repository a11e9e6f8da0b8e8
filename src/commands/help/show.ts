import { Failure } from '../../base/errors.ts';
import { nearest } from '../../base/nearest.ts';
import { printResult } from '../../progress/console.ts';
import { endWithFailure } from '../program/end.ts';
import { calledAs } from '../program/names.ts';
import { HELP } from './all.ts';
import { globalFlags } from './describe.ts';
import { commandHelp, helpColumns, optionsHelp, rootHelp } from './text.ts';

/** Prints the help of a command, or of the program when the name is empty; of a name that no command has it says so. */
export async function showHelp(name: string): Promise<void> {
  try {
    const program = calledAs();
    const columns = helpColumns();
    if (name === '') return await printResult(rootHelp(HELP, program, columns));
    const command = HELP.find(other => other.name === name);
    if (command === undefined) throw unknownCommand(name);
    await printResult(commandHelp(command, program, columns));
  } catch (error) {
    endWithFailure(error);
  }
}

/** Prints the flags that are the same for every command. */
export async function showOptions(): Promise<void> {
  await printResult(optionsHelp(globalFlags(HELP), helpColumns()));
}

/** What is said of a word where a command should be. */
export function unknownCommand(name: string): Failure {
  if (name.startsWith('-')) return flagAlone(name);
  const close = nearest(
    name,
    HELP.map(command => command.name),
  );
  return new Failure('usage', `there is no command ${JSON.stringify(name.slice(0, 40))}`, {
    hints: [close === undefined ? 'see --help for the commands there are' : `did you mean ${close}?`],
  });
}

/** A flag that no command stands behind: unknown, or of a command. */
function flagAlone(word: string): Failure {
  const flag = word.replace(/=.*/s, '');
  const known = ['--version', '--help', ...globalFlags(HELP).map(({ name }) => `--${name}`)];
  if (known.includes(flag)) return new Failure('usage', 'a command is missing', { hints: ['see --help'] });
  const close = nearest(flag, known);
  return new Failure('usage', `there is no flag ${flag.slice(0, 40)}`, {
    hints: [close === undefined ? 'see --help' : `did you mean ${close}?`],
  });
}
