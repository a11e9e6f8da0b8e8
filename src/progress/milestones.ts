import type { Loss } from '../base/losses.ts';
import { oneLine, some } from './format.ts';

/** Losses and notes that are told one by one while a run lasts; the report at the end names all of them. */
const TOLD = 20;
/** Kinds of a wave that are named. */
const KINDS_NAMED = 4;

/** Something that is over and stays readable: a line above the live view, a line of a log. */
export interface Milestone {
  readonly mark: 'done' | 'failed' | 'loss' | 'note';
  /** One or two words: the phase, the wave, `loss`, `note`. */
  readonly title: string;
  readonly text: string;
  readonly seconds?: number;
}

/** The milestones of a run in order, bounded however much goes wrong. */
export class Milestones {
  readonly list: Milestone[] = [];
  #losses = 0;
  #notes = 0;

  phase(label: string, text: string, seconds: number, ended: 'done' | 'failed' | 'interrupted'): void {
    const mark = ended === 'done' ? 'done' : 'failed';
    const what = ended === 'done' ? text : [ended, text].filter(part => part !== '').join(': ');
    this.list.push({ mark, title: label, text: what, seconds });
  }

  wave(wave: number, of: number, kinds: readonly string[], text: string, seconds: number): void {
    const what = [kindsOf(kinds), text].filter(part => part !== '').join(': ');
    this.list.push({ mark: 'done', title: `wave ${wave}/${of}`, text: what, seconds });
  }

  loss(loss: Loss): void {
    const by = loss.usedBy ?? [];
    const users = by.length === 0 ? '' : `, used by ${some(by.map(oneLine), 2)}`;
    this.#tell('loss', ++this.#losses, `${oneLine(loss.subject)}: ${oneLine(loss.reason)}${users}`);
  }

  note(text: string): void {
    this.#tell('note', ++this.#notes, oneLine(text));
  }

  #tell(mark: 'loss' | 'note', nth: number, text: string): void {
    if (nth <= TOLD) this.list.push({ mark, title: mark, text });
    if (nth === TOLD)
      this.list.push({ mark, title: mark, text: 'further ones are in the report at the end' });
  }
}

/** `CFApp, CFProcess, CFRoute, CFDomain and 2 more`. */
export function kindsOf(kinds: readonly string[]): string {
  return some(kinds, KINDS_NAMED);
}
