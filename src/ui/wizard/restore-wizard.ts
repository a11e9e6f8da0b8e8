import { answersOf } from './answers.ts';
import { editorOf } from './editor.ts';
import type { ArchiveFacts, Examined, RestorePort } from './port.ts';
import { archiveKey, checkKey, chooseKeyOfRestore, confirmKey, unlockKey, wavesKey } from './restore-keys.ts';
import { archiveScreen, checkScreen, confirmScreen, unlockScreen, wavesScreen } from './restore-screens.ts';
import { chooseScreen, chooseSpoken } from './screen-choose.ts';
import { mapScreen } from './screen-map.ts';
import type { Answered, Job, StepName, WizardState } from './state.ts';
import { CHOOSE_KEYS, chooseOf } from './step-choose.ts';
import { mapKey, mapOf, needsLook, tried } from './step-map.ts';
import { BEGUN, type Wizard } from './wizard.ts';

const ORDER: readonly StepName[] = ['archive', 'unlock', 'choose', 'map', 'check', 'waves', 'confirm'];

/** The wizard of a restore: archive → unlock → choose → map → check → waves → confirm. */
export const RESTORE: Wizard<WizardState, Answered> = {
  steps: {
    archive: {
      title: 'What is in the archive',
      keys: 'Enter go on',
      help: [
        'This is what the archive says of itself. It was read up to its images; verify checks those too.',
        'Things that were missing when it was made are named here. A restore brings back all the rest.',
      ],
      key: archiveKey,
      screen: archiveScreen,
    },
    unlock: {
      title: 'Open the secrets',
      keys: 'Enter try it',
      help: [
        'Secrets in the archive are encrypted with age. Type the path of the file that holds the identity, as key.txt, or the passphrase; what you type of a passphrase is not shown.',
        'An ssh key (ed25519) does as well, where the backup was made for it; one that has a passphrase is asked for it.',
        'Tab changes between key and passphrase where the archive has a passphrase. Nothing of it is stored anywhere.',
      ],
      isTyping: true,
      isSecret: true,
      key: unlockKey,
      screen: unlockScreen,
    },
    choose: {
      title: 'Choose what comes back',
      keys: CHOOSE_KEYS,
      help: [
        '[x] is taken with all that is in it, [-] in part, [ ] not at all. Space changes the marked line, Ctrl-A takes all or nothing.',
        'Type to see only what is called so; Esc shows all again. ← and → fold and unfold.',
        'What a choice needs comes along by itself: services, domains, roles. What it names and does not bring is listed under the tree; Tab shows all of both.',
        'Sizes count every layer once; "shared" is what something else has too.',
      ],
      isTyping: true,
      key: chooseKeyOfRestore,
      screen: chooseScreen,
      spoken: chooseSpoken,
    },
    map: {
      title: 'What is where on the target',
      keys: '↑ ↓ choose   type   Enter try and go on',
      help: [
        'Every registry of the archive has a line. Type where its images go, as registry.new.example.com/: repositories keep their names below it. Left empty, they stay where they are, which is right only where the target can pull them from there.',
        'Every domain has a line too. Type what routes on it are called on the target; left empty, the name stays.',
        'A login is what pull secrets of a registry get in place of the old one. Type the Secret of the target that has it, as NAMESPACE/NAME; left empty, yours or Korifi’s own is taken.',
        'Users and groups have a line each. Type what the target’s identity provider calls them; left empty, they keep their names.',
        'Enter tries each registry with an upload that is taken back at once, logs in, and looks whether domains clash. The suggestions come from how the target is configured.',
      ],
      isTyping: true,
      key: mapKey,
      screen: mapScreen,
    },
    check: {
      title: 'What was checked',
      keys: '↑ ↓ choose   Space allow   Enter go on   r check again',
      help: [
        '✗ forbids the restore: mend what it names, then press r, or go back and answer otherwise.',
        '! is something that may surprise, · something to know.',
        'What has a box is refused because an honest archive does not bring it: rights in the whole cluster, objects in others’ namespaces, images from nowhere. Space on it says that it is wanted all the same; Enter then checks again.',
        'Nothing was written so far.',
      ],
      key: checkKey,
      screen: checkScreen,
    },
    waves: {
      title: 'What will happen',
      keys: '↑ ↓ scroll   u what differs   Enter go on',
      help: [
        'A wave begins when what it needs from those before is ready.',
        'Objects that the target has already and that are as in the archive need nothing. Those that differ are listed after the waves: u says whether they stay as they are or are made as in the archive.',
      ],
      key: wavesKey,
      screen: wavesScreen,
    },
    confirm: {
      title: 'Begin',
      keys: 'type the name   Enter begin',
      help: [
        'The name of the context is asked for so that nothing is restored into the wrong cluster.',
        'A restore that is interrupted is simply run again: it finds what is there.',
      ],
      isTyping: true,
      key: confirmKey,
      screen: confirmScreen,
    },
  },
  // Plain secrets need no key.
  order: ({ archive }) => ORDER.filter(step => step !== 'unlock' || archive.lock !== undefined),
  waiting: {
    unlock: 'opening the secrets',
    survey: 'reading what the archive holds',
    target: 'looking at the target',
    tryPlaces: 'trying the places',
    examine: 'checking the target, the rights and the registry',
  },
  jobFor(state) {
    if (state.step === 'choose' && state.choose === undefined) return { call: 'survey' };
    if (state.step === 'map' && state.map === undefined) return { call: 'target' };
    if (state.step !== 'check' || state.examined !== undefined) return undefined;
    return { call: 'examine', answers: answersOf(state) };
  },
  onAnswer(state, answer) {
    switch (answer.call) {
      case 'unlock':
        if (answer.isOpen) return { state: { ...state, key: answer.key }, goesOn: true };
        return { state: { ...state, unlock: { ...state.unlock, own: editorOf('') } } };
      case 'survey':
        return { state: { ...state, choose: chooseOf(answer.foundation) } };
      case 'target':
        return { state: { ...state, map: mapOf(answer.target) } };
      case 'tryPlaces': {
        const map = state.map && tried(state.map, answer.checks);
        return { state: { ...state, map }, goesOn: !answer.checks.some(needsLook) };
      }
      case 'examine':
        return { state: { ...state, examined: gravestFirst(answer.examined) } };
    }
  },
};

const GRAVITY = ['refuse', 'warn', 'note'] as const;

function gravestFirst(examined: Examined): Examined {
  const order = ({ severity }: Examined['findings'][number]) => GRAVITY.indexOf(severity);
  return { ...examined, findings: examined.findings.toSorted((a, b) => order(a) - order(b)) };
}

export function beginRestore(archive: ArchiveFacts): WizardState {
  return {
    archive,
    step: 'archive',
    key: undefined,
    unlock: { kind: archive.lock ?? 'identity', editor: editorOf(''), own: undefined },
    choose: undefined,
    map: undefined,
    examined: undefined,
    onExisting: archive.onExisting,
    allowed: new Set(),
    typed: editorOf(''),
    ...BEGUN,
  };
}

/** Makes the call that a state waits for. */
export async function answerRestore(port: RestorePort, job: Job): Promise<Answered> {
  switch (job.call) {
    case 'unlock':
      return { ...job, isOpen: await port.unlock(job.key) };
    case 'survey':
      return { call: job.call, foundation: await port.survey() };
    case 'target':
      return { call: job.call, target: await port.target() };
    case 'tryPlaces':
      return { call: job.call, checks: await port.tryPlaces(job.rules) };
    case 'examine':
      return { call: job.call, examined: await port.examine(job.answers) };
  }
}
