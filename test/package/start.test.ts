import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Every module that is loaded takes about a millisecond. */
describe('the built program begins quickly', () => {
  /** The files that a module loads before it runs, itself included. */
  function loadedBy(file: string, seen = new Set<string>()): Set<string> {
    if (seen.has(file)) return seen;
    seen.add(file);
    const text = readFileSync(join('dist', file), 'utf8');
    for (const [, other = ''] of text.matchAll(/(?:^|[;\n}])(?:import|export)[^;"(]*"\.\/([^"]+\.mjs)"/g))
      loadedBy(other, seen);
    return seen;
  }

  it.each([
    ['main.mjs', 1],
    ['help.mjs', 2],
    ['complete.mjs', 3],
    ['list.mjs', 1],
    ['program.mjs', 20],
  ])('%s with at most %i files', (file, most) => {
    expect(loadedBy(file).size).toBeLessThanOrEqual(most);
  });

  it('without the whole of oclif, of which only the parser and the flags are needed', () => {
    const files = readdirSync('src/commands', { recursive: true, encoding: 'utf8' }).filter(file =>
      file.endsWith('.ts'),
    );
    const whole = files.filter(file =>
      /^import (?!type).*'@oclif\/core'/m.test(readFileSync(join('src/commands', file), 'utf8')),
    );
    expect(whole).toEqual([]);
  });

  it('without reading all properties of a module of Node.js, as an import of it does', () => {
    const files = readdirSync('dist').filter(file => file.endsWith('.mjs'));
    const importing = files.filter(file =>
      /(^|[;}\n])import[^;()]*["']node:/.test(readFileSync(join('dist', file), 'utf8')),
    );
    expect(importing).toEqual([]);
  });

  it('help without anything but its texts', () => {
    expect(readFileSync('dist/help.mjs').length).toBeLessThan(80_000);
  });
});
