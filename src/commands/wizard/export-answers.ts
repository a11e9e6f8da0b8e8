import type { ExportAnswers, KeepSecrets, Where } from '../../ui/wizard/export-port.ts';
import type { ExportFlags } from '../runs/export.ts';
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
    base: baseFlagOf(flags, where),
  };
}

/** Parts in several folders can be named by the flag alone; they stay as long as the first of them is not changed. */
export function baseFlagOf({ base }: ExportFlags, { base: text }: Where): readonly string[] | undefined {
  if (text === '') return undefined;
  return text === base?.[0] ? base : [wholePath(text)];
}
