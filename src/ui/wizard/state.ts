import type { Editor } from './editor.ts';
import type {
  Answers,
  ArchiveFacts,
  Examined,
  Foundation,
  OnExisting,
  PlaceCheck,
  Rule,
  SecretKey,
  TargetFacts,
} from './port.ts';
import type { ChooseState } from './step-choose.ts';
import type { Common } from './wizard.ts';

/** The steps of a restore, in order. */
export type StepName = 'archive' | 'unlock' | 'choose' | 'map' | 'check' | 'waves' | 'confirm';

/** A call that the machine waits for, and what to do with its answer is {@link Answered}. */
export type Job =
  | { readonly call: 'unlock'; readonly key: SecretKey }
  | { readonly call: 'survey' }
  | { readonly call: 'target' }
  | { readonly call: 'tryPlaces'; readonly rules: readonly Rule[] }
  | { readonly call: 'examine'; readonly answers: Answers };

export type Answered =
  | { readonly call: 'unlock'; readonly key: SecretKey; readonly isOpen: boolean }
  | { readonly call: 'survey'; readonly foundation: Foundation }
  | { readonly call: 'target'; readonly target: TargetFacts }
  | { readonly call: 'tryPlaces'; readonly checks: readonly PlaceCheck[] }
  | { readonly call: 'examine'; readonly examined: Examined };

interface UnlockState {
  readonly kind: SecretKey['kind'];
  readonly editor: Editor;
  /** The passphrase of the key file itself, once it turned out to have one. */
  readonly own: Editor | undefined;
}

export interface MapState {
  readonly target: TargetFacts;
  readonly places: readonly (Pick<TargetFacts['places'][number], 'what' | 'from' | 'uses'> & {
    readonly editor: Editor;
  })[];
  readonly cursor: number;
  /** Of the places as they stand; undefined once one was changed. */
  readonly checks: readonly PlaceCheck[] | undefined;
}

/** All that the wizard of a restore knows. */
export interface WizardState extends Common {
  readonly archive: ArchiveFacts;
  readonly step: StepName;
  readonly key: SecretKey | undefined;
  readonly unlock: UnlockState;
  readonly choose: ChooseState | undefined;
  readonly map: MapState | undefined;
  readonly examined: Examined | undefined;
  readonly onExisting: OnExisting;
  readonly allowed: ReadonlySet<string>;
  readonly typed: Editor;
  readonly job: Job | undefined;
}
