import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

/** What docs/progress.md says of each type of event: its row, and the fields that it names there. */
const ROWS = new Map(
  [
    ...readFileSync(new URL('../../docs/progress.md', import.meta.url), 'utf8').matchAll(
      /^\| `([a-z-]+)` \|(.*)$/gm,
    ),
  ].map(([, type = '', row = '']) => [type, row] as const),
);

/** Every line is as the documentation says: version, time, a type that it knows, and no field that it does not name. */
export function expectDocumented(lines: readonly string[]): void {
  for (const line of lines) {
    const { v, time, event, ...more } = JSON.parse(line);
    expect({ v, more }, line).toEqual({ v: 1, more: {} });
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const { type, loss, ...fields } = event;
    const row = ROWS.get(type) ?? '';
    const named = [...row.matchAll(/`([a-zA-Z]+)`/g)].map(([, name]) => name);
    expect(named, line).toEqual(expect.arrayContaining([...Object.keys(fields), ...Object.keys(loss ?? {})]));
    for (const word of [fields.phase, fields.how, fields.ending])
      if (word) expect(named, line).toContain(word);
  }
}
