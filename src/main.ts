import pjson from '../package.json' with { type: 'json' };
import { helpWanted } from './commands/help/wanted.ts';
import { commandFirst, flagsLead } from './commands/program/leading-flags.ts';

const args = await ordered(process.argv.slice(2));
const wanted = helpWanted(args);

// What scripts and shells ask most needs least of the program: neither the commands nor what parses them.
if (args.length === 1 && args[0] === '--version') {
  process.stdout.write(`${pjson.version}\n`);
} else if (args[0] === '__complete') {
  const { answerCompletion } = await import('./commands/completion/answer.ts');
  await answerCompletion(args.slice(1));
} else if (wanted !== undefined) {
  const { showHelp } = await import('./commands/help/show.ts');
  await showHelp(wanted);
} else if (args[0] === 'list') {
  const { default: List } = await import('./commands/list.ts');
  await new List(args.slice(1)).start();
} else {
  const { main } = await import('./commands/program/main.ts');
  await main(args);
}

/** The words behind the program's name, flags that stand before the command behind it. */
async function ordered(words: readonly string[]): Promise<readonly string[]> {
  if (!flagsLead(words)) return words;
  const { HELP } = await import('./commands/help/all.ts');
  return commandFirst(words, HELP);
}
