/**
 * The command whose help is asked for: undefined when none is, and the empty string for the program as a whole.
 * @param args behind the program's name
 */
export function helpWanted(args: readonly string[]): string | undefined {
  const [first] = args;
  if (first === undefined) return '';
  if (first === 'help') return args.slice(1).find(arg => !arg.startsWith('-')) ?? '';
  const end = args.indexOf('--');
  const own = end === -1 ? args : args.slice(0, end);
  if (!own.includes('--help') && !own.includes('-h')) return undefined;
  return first.startsWith('-') ? '' : first;
}
