import type { ExportAnswers, KeepSecrets } from '../../ui/wizard/export-port.ts';
import type { ExportFlags } from '../run-export.ts';
import { chosenFlags } from './answers.ts';
import { wholePath } from './paths.ts';

/** The flags that say how secrets are kept. */
export function sealFlagsOf(secrets: KeepSecrets) {
  const text = secrets.kind === 'plaintext' ? '' : secrets.text;
  return {
    recipient: secrets.kind === 'recipient' ? [text] : undefined,
    'recipients-file': secrets.kind === 'recipients-file' ? [wholePath(text)] : undefined,
    passphrase: secrets.kind === 'passphrase' ? true : undefined,
    'plaintext-secrets': secrets.kind === 'plaintext' ? true : undefined,
  };
}

/** Flags with the answers in place of what was answered. */
export function withExportAnswers(flags: ExportFlags, answers: ExportAnswers): ExportFlags {
  const { chosen, where, secrets } = answers;
  return {
    ...flags,
    ...chosenFlags(chosen),
    ...sealFlagsOf(secrets),
    'volume-size': where.medium === '' ? undefined : where.medium,
  };
}
