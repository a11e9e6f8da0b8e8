import { type Completion, complete, DIRECTIVE } from './complete.ts';

/** Longer than this nobody waits for the tab key: then there are no names. */
const PATIENCE_MS = 250;

/**
 * Answers a shell, as Cobra's `__complete` does: a line for every candidate, its description behind a tab, and the
 * directive on the last line. Whatever goes wrong, nothing is offered and nothing is said.
 */
export async function answerCompletion(words: readonly string[]): Promise<void> {
  const { candidates, directive } = await soon(words).catch(() => NOTHING);
  const lines = candidates.map(({ value, description }) =>
    oneLine(description === undefined ? value : `${value}\t${description}`),
  );
  const text = [...lines, `:${directive}`, ''].join('\n');
  // A cluster that does not answer would keep the program alive.
  await new Promise(resolve => process.stdout.write(text, resolve));
  process.exit(0);
}

const NOTHING: Completion = { candidates: [], directive: DIRECTIVE.noFiles };

function soon(words: readonly string[]): Promise<Completion> {
  const late = new Promise<Completion>(resolve => setTimeout(resolve, PATIENCE_MS, NOTHING));
  const answer = complete(words, async (flag, line) => {
    const { valuesOf } = await import('./values.ts');
    return valuesOf(flag, line);
  });
  return Promise.race([answer, late]);
}

/** A name from a cluster or an archive must not be more than one candidate. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return text.replace(/[\x00-\x08\x0a-\x1f\x7f]/g, ' ');
}
