import { describe, expect, it } from 'vitest';
import { beginExport, type ExportState, exportAnswersOf } from '../../../src/ui/wizard/export-state.ts';
import { EXPORT } from '../../../src/ui/wizard/export-wizard.ts';
import type { Key } from '../../../src/ui/wizard/keys.ts';
import { screenOf } from '../../../src/ui/wizard/screen.ts';
import { reduce } from '../../../src/ui/wizard/wizard.ts';
import { BRANCHES, foundationOf } from './fixtures.ts';

const SOURCE = {
  context: 'old-site',
  facts: [
    ['context', 'old-site'],
    ['holds', '2 orgs, 5 apps'],
  ],
  foundation: foundationOf(BRANCHES),
} as const;

function press(state: ExportState, keys: string): ExportState {
  const parts = keys.match(/<\w+>|[\s\S]/gu) ?? [];
  return parts.reduce((at, part) => {
    const name = /^<(\w+)>$/.exec(part)?.[1];
    const key = (name === undefined ? { name: 'text', text: part } : { name }) as Key;
    return reduce(EXPORT, at, { type: 'key', key });
  }, state);
}

function answer(state: ExportState): ExportState {
  const { job } = state;
  if (job === undefined) throw new Error('the wizard waits for nothing');
  const answers = {
    source: { call: 'source', source: SOURCE },
    place: { call: 'place', text: '12.0 GiB are free there' },
    seal: job,
  } as const;
  return reduce(EXPORT, state, { type: 'answered', job, answer: answers[job.call] as never });
}

const shown = (state: ExportState) =>
  screenOf(EXPORT, state, { columns: 80, rows: 24 })
    .map(line => line.map(span => span.text).join(''))
    .join('\n');

const START = answer(beginExport({ path: 'backup.tar', medium: '', base: '' }));
const AT = {
  source: START,
  choose: press(START, '<enter>'),
  where: press(START, '<enter><enter>'),
  secrets: answer(press(START, '<enter><enter><enter>')),
};

describe('the wizard of an export', () => {
  it('goes through all steps, and begins with one key', () => {
    const sealed = answer(press(AT.secrets, 'keys.txt<enter>'));
    expect(Object.values(AT).map(({ step }) => step)).toEqual(['source', 'choose', 'where', 'secrets']);
    expect(sealed.step).toBe('confirm');
    const done = press(sealed, '<enter>');
    expect(done.ending).toBe('confirmed');
    expect(exportAnswersOf(done)).toEqual({
      chosen: { orgs: [], spaces: [], apps: [], installation: undefined },
      where: { path: 'backup.tar', medium: '', base: '' },
      secrets: { kind: 'recipients-file', text: 'keys.txt' },
    });
  });

  it('looks anew at a place that was changed, and at secrets that are kept otherwise', () => {
    const there = press(AT.secrets, '<escape>');
    expect(there.place).toBeDefined();
    expect(press(there, '<tab>dvd')).toMatchObject({ place: undefined });
    expect(press(there, '<tab>dvd<enter>').job).toMatchObject({ where: { medium: 'dvd' } });
    const sealed = press(answer(press(AT.secrets, 'keys.txt<enter>')), '<escape>');
    expect(sealed.sealed).toBeDefined();
    expect(press(sealed, '<down>').sealed).toBeUndefined();
  });

  it('asks for a base, which may be left empty, and says before it begins what will be missing', () => {
    const named = press(AT.where, '<up>last.tar');
    expect(press(named, '<enter>').job).toMatchObject({ where: { path: 'backup.tar', base: 'last.tar' } });
    const sealed = answer(press(answer(press(named, '<enter>')), 'keys.txt<enter>'));
    expect(shown(sealed)).toMatch(/base +without the layers of last\.tar/);
    expect(exportAnswersOf(sealed).where.base).toBe('last.tar');
    expect(press(AT.where, '<tab><tab><tab>').where.cursor).toBe('path');
  });

  it('takes a passphrase twice', () => {
    const passphrase = press(AT.secrets, '<down><down>');
    expect(press(passphrase, '<enter>')).toMatchObject({ job: undefined, trouble: expect.anything() });
    expect(press(passphrase, 'one<enter>two<enter>')).toMatchObject({ job: undefined });
    expect(press(passphrase, 'o?e<enter>o?e<enter>').job).toEqual({
      call: 'seal',
      secrets: { kind: 'passphrase', text: 'o?e' },
    });
  });

  it('warns of plain text, and shows no passphrase', () => {
    expect(shown(press(AT.secrets, '<down><down><down>'))).toContain('! Whoever has the file can read');
    expect(shown(press(AT.secrets, '<down><down>hunter'))).not.toContain('hunter');
  });

  it('says at every step how to leave it', () => {
    const states = { ...AT, confirm: answer(press(AT.secrets, 'keys.txt<enter>')) };
    for (const state of Object.values(states)) {
      expect(shown(state)).toMatch(/(Ctrl-C|q) quit$/);
      const ending = /q quit$/.test(shown(state)) ? press(state, 'q').ending : press(state, '<quit>').ending;
      expect(ending).toMatch(/left|interrupted/);
    }
  });

  it.each([
    [80, 24],
    [40, 15],
    [200, 60],
  ])('fits %i × %i', async (columns, rows) => {
    const states = { ...AT, confirm: answer(press(AT.secrets, 'keys.txt<enter>')) };
    for (const [name, state] of Object.entries(states)) {
      const lines = screenOf(EXPORT, state, { columns, rows }).map(line =>
        line
          .map(({ text }) => text)
          .join('')
          .trimEnd(),
      );
      expect(lines.length).toBeLessThanOrEqual(rows);
      const screen = `${lines.join('\n').trimEnd()}\n`;
      await expect(screen).toMatchFileSnapshot(`screens/export-${name}-${columns}x${rows}.txt`);
    }
  });
});
