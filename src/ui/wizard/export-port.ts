import type { Chosen, Foundation } from './port.ts';

/** What the wizard of an export asks the world; as {@link RestorePort} does. */
export interface ExportPort {
  /** The foundation that would be backed up, and what can be chosen of it. */
  source(): Promise<SourceFacts>;
  /** Whether an archive can be written there. @throws when not */
  place(where: Where): Promise<string>;
  /** Whether secrets can be kept so. @throws when not */
  seal(secrets: KeepSecrets): Promise<void>;
}

export interface SourceFacts {
  readonly context: string;
  readonly facts: readonly (readonly [name: string, text: string])[];
  readonly foundation: Foundation;
}

/** Where the archive goes: a file, cut into parts where its media are smaller than it may become. */
export interface Where {
  readonly path: string;
  /** As `--volume-size` has it; empty for one file. */
  readonly medium: string;
  /** An archive that has most of the layers already, as `--base` has it; empty for an archive with all of them. */
  readonly base: string;
}

export type KeepSecrets =
  | { readonly kind: 'recipients-file' | 'recipient' | 'passphrase'; readonly text: string }
  | { readonly kind: 'plaintext' };

/** What a person has answered. */
export interface ExportAnswers {
  readonly chosen: Chosen;
  readonly where: Where;
  readonly secrets: KeepSecrets;
}
