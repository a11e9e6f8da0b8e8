import { setTimeout as sleep } from 'node:timers/promises';

/** Deleted namespaces and what lives in them take their time. */
const PATIENCE_MS = 60_000;
const LOOK_MS = 1000;

/** What is there now and was not before, and the other way round, in words, once it has come to rest. */
export async function differenceFrom(
  before: ReadonlySet<string>,
  look: () => Promise<ReadonlySet<string>>,
): Promise<string[]> {
  for (const end = Date.now() + PATIENCE_MS; ; await sleep(LOOK_MS)) {
    const after = await look();
    const more = [...after].filter(object => !before.has(object)).map(object => `${object} is left`);
    const less = [...before].filter(object => !after.has(object)).map(object => `${object} is gone`);
    if (more.length + less.length === 0 || Date.now() > end) return [...more, ...less];
  }
}

/** The line that says that all was right. @throws Error with what was not */
export function verdict(when: string, problems: readonly string[]): string {
  if (problems.length > 0) throw new Error(`${when}:\n${problems.map(problem => `  ${problem}`).join('\n')}`);
  return `${when}: right in every check`;
}
