import { stripVTControlCharacters } from 'node:util';
import { Failure } from '../../base/errors.ts';
import { nearest } from '../../base/nearest.ts';

/** What oclif's errors of flags and arguments carry, each some of it. */
interface Wrong {
  readonly message: string;
  /** Flags that there are not, as they were given. */
  readonly flags?: unknown;
  /** Arguments that are missing, or ones that were not expected. */
  readonly args?: unknown;
}

const HINTS = ['see --help'];

/**
 * What oclif finds wrong with flags and arguments, in our words.
 * @param known the command's flags by their names, for a suggestion
 */
export function usageFailure(error: Wrong, known: readonly string[] = []): Failure {
  const [flag] = Array.isArray(error.flags) ? error.flags : [];
  if (typeof flag === 'string') return unknownFlag(flag, known);
  const [missing] = Array.isArray(error.args) ? error.args : [];
  if (typeof missing?.name === 'string') {
    const { name, description } = missing as { name: string; description?: string };
    const what = description === undefined ? '' : `: ${lowered(description)}`;
    return new Failure('usage', `${name.toUpperCase()} is missing${what}`, { hints: HINTS });
  }
  return new Failure('usage', plainWords(error.message), { hints: HINTS });
}

function unknownFlag(given: string, known: readonly string[]): Failure {
  // A value after it may be a secret under a mistyped name.
  const flag = given.replace(/=.*/s, '');
  const close = nearest(
    flag,
    known.map(name => `--${name}`),
  );
  const hints = close === undefined ? HINTS : [`did you mean ${close}?`];
  return new Failure('usage', `there is no flag ${flag}`, { hints });
}

/** oclif's sentences without its headings, advertisements and values. */
function plainWords(message: string): string {
  const lines = stripVTControlCharacters(message)
    .split('\n')
    .map(line => line.trim().replace(/\s{2,}/g, ': '))
    .filter(line => line !== '' && !/^(See more help|The following errors? occurred)/.test(line))
    .map(line =>
      line.replace(
        /^(--[\w-]+)=.* cannot also be provided when using (--[\w-]+)/,
        '$1 and $2 exclude each other',
      ),
    );
  return lowered(lines.join(' ').replace(/^Parsing (--[\w-]+) E/, '$1: e'));
}

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
