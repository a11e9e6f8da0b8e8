import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../../src/progress/text.ts';
import { edit, editorOf, textOf } from '../../../src/ui/wizard/editor.ts';
import type { Line } from '../../../src/ui/wizard/lines.ts';
import { RESTORE } from '../../../src/ui/wizard/restore-wizard.ts';
import { screenOf, spokenOf } from '../../../src/ui/wizard/screen.ts';
import type { WizardState } from '../../../src/ui/wizard/state.ts';
import { ARCHIVE, answer, foundationOf, manyBranches, press, walk } from './fixtures.ts';

const SIZES = [
  { columns: 80, rows: 24 },
  { columns: 40, rows: 15 },
  { columns: 200, rows: 60 },
];
const textLines = (lines: Line[]) =>
  lines.map(line =>
    line
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
  );
const screen = (state: WizardState, size: { columns: number; rows: number }) =>
  `${textLines(screenOf(RESTORE, state, size))
    .join('\n')
    .trimEnd()}\n`;

const STATES: Record<string, WizardState> = (() => {
  const steps = walk();
  const some = press(steps.choose, '<down><down><right><right> ');
  return {
    ...steps,
    'choose-some': some,
    'choose-filter': press(steps.choose, 'ca'),
    'choose-details': press(some, '<tab>'),
    help: press(steps.choose, '?'),
    waiting: press(steps.map, '<enter>'),
  };
})();

describe.each(SIZES)('the screens of $columns × $rows', size => {
  it.each(Object.keys(STATES))('show %s', async name => {
    const state = STATES[name] ?? walk().archive;
    await expect(screen(state, size)).toMatchFileSnapshot(`screens/${name}-${size.columns}x${size.rows}.txt`);
  });
});

describe('a screen', () => {
  const states = Object.values(STATES);

  it('never has more lines or columns than the terminal, and always says which keys there are', () => {
    const sizes = fc.record({
      columns: fc.integer({ min: 40, max: 200 }),
      rows: fc.integer({ min: 12, max: 70 }),
    });
    fc.assert(
      fc.property(fc.constantFrom(...states), sizes, (state, size) => {
        const lines = textLines(screenOf(RESTORE, state, size));
        expect(lines.length).toBeLessThanOrEqual(size.rows);
        expect(Math.max(...lines.map(columnsOf))).toBeLessThan(size.columns);
        if (!state.isHelping) expect(lines.slice(-4).join(' ')).toMatch(/Enter/);
      }),
    );
  });

  it('shows no passphrase', () => {
    const typing = press(walk().unlock, 'hunter2');
    expect(screen(typing, { columns: 80, rows: 24 })).not.toContain('hunter');
    expect(screen(typing, { columns: 80, rows: 24 })).toContain('•••••••█');
  });

  it('lets no name out of its line', () => {
    const hostile = {
      ...ARCHIVE,
      losses: [{ subject: 'a\u001b[31mb\r\n\u202ec', reason: '\u0007' }],
    };
    const text = screen(walk(hostile).archive, { columns: 80, rows: 24 });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });

  it('is told in words to who hears it: what changed, and the keys only when asked for', () => {
    const spoken = (state: WizardState) => textLines(spokenOf(RESTORE, state, 80));
    expect(spoken(press(walk().choose, '<down><down><right><down> '))).toEqual([
      'Choose what comes back',
      'space production, left out, folded, 11 objects, 80.0 MiB, 10.0 MiB shared, line 4 of 6',
      'chosen: 40 objects, 19 images, 512.0 MiB',
      'comes along: 1 CFServiceInstance, 1 CFDomain, 1 RoleBinding',
      '! named, and left out: CFRoute s/r',
    ]);
    expect(spoken(press(walk().choose, '?')).at(-1)).toMatch(/^keys: Space take\/leave, /);
    expect(spoken(walk().confirm).join(' ')).toMatch(/^Begin .* new-site .* context █$/);
    for (const state of states) expect(spoken(state).filter(line => line === '')).toEqual([]);
  });
});

/** Milliseconds of processor time: what else runs on the machine does not count. */
function spent(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

describe('a foundation of 200 orgs and 5,000 apps', () => {
  const opened = () => {
    const surveying = press(walk({ ...ARCHIVE, lock: undefined }).archive, '<enter>');
    return answer({ ...surveying, choose: undefined }, {
      foundation: foundationOf(manyBranches(200, 25)),
    } as never);
  };

  it('opens at once, and answers a key within a frame', () => {
    const before = spent();
    let state = opened();
    screenOf(RESTORE, state, { columns: 120, rows: 50 });
    expect(spent() - before).toBeLessThan(1000);
    const keys = [
      '<right>',
      '<pageDown>',
      '<down>',
      ' ',
      'a',
      'p',
      'p',
      '-',
      '7',
      ' ',
      '<clear>',
      '<end>',
      '<all>',
      '<all>',
    ];
    const took = Array.from({ length: 10 }, () => keys)
      .flat()
      .map(key => {
        const start = spent();
        state = press(state, key);
        screenOf(RESTORE, state, { columns: 120, rows: 50 });
        return spent() - start;
      })
      .sort((a, b) => a - b);
    expect(took[Math.floor(took.length / 2)]).toBeLessThan(33);
  });

  it('draws what is in sight only', () => {
    const [org] = opened().choose?.root.children ?? [];
    expect(org?.children[0]?.children).toHaveLength(25);
    const text = screen(press(opened(), '<end>'), { columns: 80, rows: 24 });
    expect(text).toContain('org-199');
    expect(text).not.toContain('org-1 ');
  });
});

describe('a line that is typed', () => {
  it('takes characters as people count them', () => {
    const typed = edit(editorOf('a👩‍👩‍👧é'), { name: 'backspace' });
    expect(typed && textOf(typed)).toBe('a👩‍👩‍👧');
    const shorter = typed && edit(typed, { name: 'backspace' });
    expect(shorter && textOf(shorter)).toBe('a');
  });

  it('keeps nothing that would break the line', () => {
    const pasted = edit(editorOf('x'), { name: 'text', text: 'key.txt\r\n\u001b[A' });
    expect(pasted && textOf(pasted)).toBe('xkey.txt[A');
  });

  it('types where the cursor is', () => {
    const keys = [
      { name: 'left' },
      { name: 'left' },
      { name: 'text', text: 'X' },
      { name: 'end' },
      { name: 'text', text: 'Y' },
    ] as const;
    const line = keys.reduce((at, key) => edit(at, key) ?? at, editorOf('abc'));
    expect(textOf(line)).toBe('aXbcY');
  });
});
