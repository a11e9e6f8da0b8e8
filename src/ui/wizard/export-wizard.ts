import { confirmExportKey, secretsKey, sourceKey, whereKey } from './export-keys.ts';
import type { ExportPort } from './export-port.ts';
import { confirmExportScreen, secretsScreen, sourceScreen, whereScreen } from './export-screens.ts';
import type { ExportAnswered, ExportState } from './export-state.ts';
import { chooseScreen, chooseSpoken } from './screen-choose.ts';
import { CHOOSE_KEYS, chooseKey, chooseOf } from './step-choose.ts';
import type { Wizard } from './wizard.ts';

/** The wizard of an export: source → choose → where → secrets → confirm. */
export const EXPORT: Wizard<ExportState, ExportAnswered> = {
  steps: {
    source: {
      title: 'What is backed up',
      keys: 'Enter go on',
      help: ['The foundation of the kubeconfig’s context; --context names another one. It is only read.'],
      key: sourceKey,
      screen: sourceScreen,
    },
    choose: {
      title: 'Choose what is backed up',
      keys: CHOOSE_KEYS,
      help: [
        '[x] is taken with all that is in it, [-] in part, [ ] not at all. Space changes the marked line, Ctrl-A takes all or nothing.',
        'Type to see only what is called so; Esc shows all again. ← and → fold and unfold.',
        'What a choice needs comes along by itself: services, domains, roles. What it names and does not bring is listed under the tree; Tab shows all of both.',
      ],
      isTyping: true,
      key: chooseKey,
      screen: chooseScreen,
      spoken: chooseSpoken,
    },
    where: {
      title: 'Where it goes',
      keys: '↑ ↓ choose   type   Enter look and go on',
      help: [
        'A file that does not exist yet, in a folder that does. It is readable by you alone.',
        'Media such as FAT32 sticks and discs take files of a certain size only: say which, and the archive is cut into parts that fit, one after the other.',
        'Where an earlier archive is at hand, most layers are in that one already: name it, its parts or their folder, and only what is new is written. Keep both: neither is whole without the other.',
      ],
      isTyping: true,
      key: whereKey,
      screen: whereScreen,
    },
    secrets: {
      title: 'How secrets are kept',
      keys: '↑ ↓ choose   type   Enter try and go on',
      help: [
        'A file of recipients has a public key on each line: age1…, or an ssh key. Whoever has the private key of one of them can open the secrets, and nobody else.',
        'A passphrase does as well. Without it, or without the key, the secrets are gone: nothing in the archive opens them.',
      ],
      isTyping: true,
      isSecret: true,
      key: secretsKey,
      screen: secretsScreen,
    },
    confirm: {
      title: 'Begin',
      keys: 'Enter begin',
      help: ['Enter begins. The same is printed as one command line, for the next time.'],
      key: confirmExportKey,
      screen: confirmExportScreen,
    },
  },
  order: () => ['source', 'choose', 'where', 'secrets', 'confirm'],
  waiting: {
    source: 'looking at the foundation',
    place: 'looking at the place',
    seal: 'trying it',
  },
  jobFor: ({ source }) => (source === undefined ? { call: 'source' } : undefined),
  onAnswer(state, answer) {
    switch (answer.call) {
      case 'source': {
        const { source } = answer;
        return { state: { ...state, source, choose: chooseOf(source.foundation) } };
      }
      case 'place':
        return { state: { ...state, place: answer.text }, goesOn: true };
      case 'seal':
        return { state: { ...state, sealed: answer.secrets }, goesOn: true };
    }
  },
};

/** Makes the call that a state waits for. */
export async function answerExport(
  port: ExportPort,
  job: NonNullable<ExportState['job']>,
): Promise<ExportAnswered> {
  switch (job.call) {
    case 'source':
      return { call: job.call, source: await port.source() };
    case 'place':
      return { call: job.call, text: await port.place(job.where) };
    case 'seal':
      await port.seal(job.secrets);
      return job;
  }
}
