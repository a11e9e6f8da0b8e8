import { describe, expect, it } from 'vitest';
import { answersOf } from '../../../src/ui/wizard/answers.ts';
import { beginRestore, RESTORE } from '../../../src/ui/wizard/restore-wizard.ts';
import type { StepName, WizardState } from '../../../src/ui/wizard/state.ts';
import { keysAt, reduce } from '../../../src/ui/wizard/wizard.ts';
import { ARCHIVE, answer, EXAMINED, press, TARGET, walk } from './fixtures.ts';

const STEPS: StepName[] = ['archive', 'unlock', 'choose', 'map', 'check', 'waves', 'confirm'];

/** What the machine waits for when it looks at a target. */
const examine = { call: 'examine', answers: answersOf(walk().map) } as const;

describe('the machine of the wizard', () => {
  it('goes through all steps to a confirmation', () => {
    const steps = walk();
    expect(Object.values(steps).map(({ step }) => step)).toEqual(STEPS);
    const done = press(steps.confirm, 'new-site<enter>');
    expect(done.ending).toBe('confirmed');
    expect(answersOf(done)).toEqual({
      key: { kind: 'passphrase', passphrase: 'secret' },
      chosen: { orgs: [], spaces: [], apps: [], installation: undefined },
      rules: [
        { what: 'registry', from: 'registry.old.example.com/', to: 'registry.new.example.com/' },
        { what: 'domain', from: 'apps.old.example.com', to: 'apps.new.example.com' },
        { what: 'login', from: 'registry.old.example.com', to: 'cf/registry-login' },
        { what: 'group', from: 'CN=cf,O=old', to: 'cf' },
      ],
      allowed: [],
      onExisting: 'skip',
    });
  });

  it('asks for no key where there is nothing to open', () => {
    const { archive, choose } = walk({ ...ARCHIVE, lock: undefined });
    expect(press(archive, '<enter>').step).toBe('choose');
    expect(press(choose, '<escape>').step).toBe('archive');
  });

  it.each(STEPS)('goes back from %s and forgets nothing', step => {
    const at = walk()[step];
    const before = press(at, '<escape>');
    expect(before.step).toBe(STEPS[Math.max(0, STEPS.indexOf(step) - 1)]);
    const known = ({ key, choose, map, examined }: WizardState) => ({ key, choose, map, examined });
    expect(known(before)).toEqual(known(at));
  });

  it.each(STEPS)('is left from %s by Ctrl-C, and helps', step => {
    const at = walk()[step];
    expect(press(at, '<quit>').ending).toBe('interrupted');
    const helping = press(at, '<help>');
    expect(helping.isHelping).toBe(true);
    expect({ ...press(helping, 'x') }).toEqual({ ...at, isHelping: false });
    expect(press(helping, '<quit>').ending).toBe('interrupted');
  });

  it('takes q for leaving only where letters are not text', () => {
    const steps = walk();
    const left = STEPS.filter(step => press(steps[step], 'q').ending === 'left');
    expect(left).toEqual(['archive', 'check', 'waves']);
  });

  it.each(STEPS)(
    'says at %s, last and in this order, how to go back, be helped and leave, and it is so',
    step => {
      const at = walk()[step];
      const said = keysAt(RESTORE, at).slice(step === 'archive' ? -2 : -3);
      const keys: Record<string, string> = { Esc: '<escape>', F1: '<help>', 'Ctrl-C': '<quit>' };
      const [leave, help, back] = said.toReversed().map(words => words.split(' '));
      const pressed = ([key = '', what]: string[] = ['', '']) => ({ what, at: press(at, keys[key] ?? key) });
      expect(pressed(leave)).toMatchObject({
        what: 'quit',
        at: { ending: expect.stringMatching(/left|interrupted/) },
      });
      expect(pressed(help)).toMatchObject({ what: 'help', at: { isHelping: true } });
      if (step === 'archive') return;
      expect(pressed(back)).toMatchObject({ what: 'back', at: { step: STEPS[STEPS.indexOf(step) - 1] } });
    },
  );

  it('stays when a key fits nothing, and says so', () => {
    const trying = press(walk().unlock, 'wrong<enter>');
    expect(trying.job).toEqual({ call: 'unlock', key: { kind: 'passphrase', passphrase: 'wrong' } });
    const { job } = trying;
    if (job === undefined) throw new Error('no job');
    const failed = reduce(RESTORE, trying, {
      type: 'failed',
      job,
      trouble: { text: 'no key fits', hints: ['try'] },
    });
    expect(failed).toMatchObject({
      step: 'unlock',
      job: undefined,
      trouble: { text: 'no key fits', hints: ['try'] },
    });
    expect(press(failed, 'x').trouble).toBeUndefined();
  });

  it('tries again what failed before there was anything to show', () => {
    const reading = answer(press(walk().unlock, 'secret<enter>'));
    const again = press(
      { ...reading, choose: undefined, job: undefined, trouble: { text: 'x', hints: [] } },
      '<enter>',
    );
    expect(again).toMatchObject({ step: 'choose', job: { call: 'survey' }, trouble: undefined });
  });

  it('drops the answer to what nobody waits for any more', () => {
    const surveying = press(walk({ ...ARCHIVE, lock: undefined }).archive, '<enter>');
    const { job } = surveying;
    const back = press(surveying, '<escape>');
    if (job === undefined) throw new Error('no job');
    const late = reduce(RESTORE, back, { type: 'failed', job, trouble: { text: 'late', hints: [] } });
    expect(late).toBe(back);
  });

  it('takes no key but back, help and quit while it waits', () => {
    const surveying = press(walk().archive, '<enter>secret<enter>');
    expect(press(surveying, 'x<enter><tab>')).toBe(surveying);
    expect(press(surveying, '<escape>')).toMatchObject({ step: 'archive', job: undefined });
  });

  it('does not go on past a place that cannot be written, or a finding that forbids', () => {
    const trying = press(walk().map, '<enter>');
    const wrong = answer(trying, {
      checks: [{ ...TARGET.places[0], text: 'cannot be written', sort: 'wrong' }],
    } as never);
    expect(wrong).toMatchObject({ step: 'map', job: undefined });
    expect(press(wrong, 'x').map?.checks).toBeUndefined();
    const refusing = { ...EXAMINED, findings: [{ severity: 'refuse' as const, text: 'no right' }] };
    const refused = press({ ...walk().check, examined: refusing }, '<enter>');
    expect(refused.step).toBe('check');
    expect(press(refused, 'r').job).toMatchObject({ call: 'examine' });
  });

  it('goes on past a doubtful place only when it was seen', () => {
    const doubtful = answer(press(walk().map, '<enter>'), {
      checks: TARGET.places.map(place => ({ ...place, text: 'left', sort: 'doubtful' })),
    } as never);
    expect(doubtful.step).toBe('map');
    expect(press(doubtful, '<enter>')).toMatchObject({ step: 'check', job: { call: 'examine' } });
  });

  it('asks for the passphrase of a key that has one, and gives the two together', () => {
    const withKey = walk({ ...ARCHIVE, lock: 'identity' }).unlock;
    const typed = press({ ...withKey, unlock: { ...withKey.unlock, kind: 'identity' } }, 'id_ed25519<enter>');
    const asking = answer(typed, { isOpen: false } as never);
    expect(asking).toMatchObject({ step: 'unlock', key: undefined, job: undefined });
    expect(press(asking, '<enter>').trouble?.text).toMatch(/passphrase of the key/);
    const trying = press(asking, 'hunter2<enter>');
    const key = { kind: 'identity', path: 'id_ed25519', passphrase: 'hunter2' };
    expect(trying.job).toEqual({ call: 'unlock', key });
    expect(answersOf(answer(answer(trying))).key).toEqual(key);
    expect(press(asking, '<escape>')).toMatchObject({ step: 'unlock', unlock: { own: undefined } });
  });

  it('marks the first place that has to be looked at', () => {
    const checks = TARGET.places.map((place, at) => ({ ...place, sort: at === 3 ? 'doubtful' : 'noted' }));
    expect(answer(press(walk().map, '<enter>'), { checks } as never).map?.cursor).toBe(3);
  });

  it('allows only what a person has marked, one by one, and looks anew with it', () => {
    const findings = [
      { severity: 'warn' as const, text: 'apps come later' },
      { severity: 'refuse' as const, text: 'rights for eve', allow: 'ClusterRoleBinding/eve' },
      { severity: 'refuse' as const, text: 'rights for bob', allow: 'ClusterRoleBinding/bob' },
    ];
    const entered = answer({ ...walk().check, examined: undefined, job: examine }, {
      examined: { ...EXAMINED, findings },
    } as never);
    expect(entered.examined?.findings.map(({ severity }) => severity)).toEqual(['refuse', 'refuse', 'warn']);
    const one = press(entered, ' <enter>');
    expect(one).toMatchObject({ step: 'check', trouble: expect.anything(), job: undefined });
    expect(press(press(one, '<down><down>'), ' ').allowed).toEqual(one.allowed);
    const both = press(one, '<down> <enter>');
    const allowed = ['ClusterRoleBinding/bob', 'ClusterRoleBinding/eve'];
    expect(both.job).toMatchObject({ call: 'examine', answers: { allowed } });
    const again = answer(both, {
      examined: { ...EXAMINED, findings: findings.map(one => ({ ...one, severity: 'warn' })) },
    } as never);
    expect(press(again, '<enter>')).toMatchObject({ step: 'waves' });
    expect(press(again, ' <enter>')).toMatchObject({ step: 'waves' });
    expect(press(again, '<down> <enter>')).toMatchObject({ step: 'check', trouble: expect.anything() });
  });

  it('looks anew at what was answered otherwise', () => {
    const { waves } = walk();
    const chosenAgain = press(waves, '<escape><escape><escape><down> ');
    expect(chosenAgain).toMatchObject({ step: 'choose', examined: undefined });
    const there = press(chosenAgain, '<enter><enter>');
    expect(there).toMatchObject({ step: 'check', job: { call: 'examine' } });
    expect(there.job).toMatchObject({ answers: { chosen: { installation: false, orgs: [] } } });
  });

  it('begins only with the name of the context', () => {
    const { confirm } = walk();
    for (const name of ['', 'new-sit', 'old-site']) {
      const refused = press(confirm, `${name}<enter>`);
      expect(refused).toMatchObject({ step: 'confirm', ending: undefined, trouble: expect.anything() });
    }
    expect(press(confirm, ' new-site <enter>').ending).toBe('confirmed');
  });

  it('asks what becomes of what is there and differs, where something does', () => {
    const { waves } = walk();
    expect(answersOf(press(waves, 'u')).onExisting).toBe('update');
    expect(answersOf(press(waves, 'uu')).onExisting).toBe('skip');
    const nothing = { ...waves, examined: { ...EXAMINED, differs: [] } };
    expect(answersOf(press(nothing, 'u')).onExisting).toBeUndefined();
  });

  it('moves through long text without losing its place', () => {
    const start = beginRestore(ARCHIVE);
    expect(press(start, '<up>').scroll).toBe(0);
    expect(press(start, '<down><down>').scroll).toBe(2);
    expect(press(press(start, '<end>'), '<enter><escape>').scroll).toBe(0);
  });
});
