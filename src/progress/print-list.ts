import { printDocument, printResult } from './console.ts';

/** A result that lists things, in every form that `-o` asks for, as kubectl has them. */
export interface Listed {
  /** For programs. */
  readonly document: unknown;
  /** For people; wide with everything that is known of each. */
  text(wide: boolean): string;
  /** One a line, for other commands. */
  names(): readonly string[];
}

/** Prints a list in the form that `-o` names: `json`, `yaml`, `name` or `wide`; for people otherwise. */
export async function printList(output: string | undefined, listed: Listed): Promise<void> {
  if (output === 'json' || output === 'yaml') return printDocument(listed.document, output);
  if (output !== 'name') return printResult(listed.text(output === 'wide'));
  const names = listed.names();
  if (names.length > 0) await printResult(names.map(oneName).join('\n'));
}

/** Whatever a name has in it, it stays one line. */
function oneName(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return name.replace(/[\x00-\x1f\x7f]/g, ' ');
}
