import { columnsOf, wrapWords } from '../../progress/text.ts';
import { EMPTY, type Line, line, paragraph, span, twoSides } from './lines.ts';
import { type Area, type Common, keysAt, type Wizard } from './wizard.ts';

/** Lines of text are no better for being longer. */
const WIDEST = 110;

/** Columns from which on there is room for what only looks nice. */
const ROOMY = 60;

/** The whole screen of a state: title, step, trouble, keys; never more lines or columns than there are. */
export function screenOf<S extends Common, A>(wizard: Wizard<S, A>, state: S, terminal: Area): Line[] {
  // The last column stays free: some terminals wrap when it is written.
  const columns = Math.max(20, Math.min(terminal.columns - 1, WIDEST));
  const name = state.step as S['step'];
  const step = wizard.steps[name];
  const steps = wizard.order(state);
  const place = `${trail(steps.indexOf(name), steps.length, columns)}${steps.indexOf(name) + 1} of ${steps.length}`;
  const head = [line(span(twoSides(step.title, place, columns), 'bold')), EMPTY];
  const foot = [
    EMPTY,
    ...notes(wizard, state, columns),
    ...keyLines(state.isHelping ? ['any key goes back', 'Ctrl-C quit'] : keysAt(wizard, state), columns),
  ];
  const rows = Math.max(1, terminal.rows - head.length - foot.length);
  const body = state.isHelping
    ? step.help.flatMap(text => [...paragraph(text, columns), EMPTY])
    : step.screen(state, { columns, rows });
  const filled = [...body.slice(0, rows), ...Array.from({ length: rows - body.length }, () => EMPTY)];
  return [...head, ...filled, ...foot].slice(0, terminal.rows).map(harmless);
}

/** How far one has come, where there is room for it. */
function trail(at: number, steps: number, columns: number): string {
  return columns < ROOMY ? '' : `${'●'.repeat(at + 1)}${'○'.repeat(steps - at - 1)}  `;
}

// Terminal controls and the marks that reorder text: what a name from a hostile server would use.
const CONTROLS = /[\p{Cc}\p{Bidi_Control}]/gu;

/** What is shown may come from anywhere. */
function harmless(spans: Line): Line {
  return spans.map(one => ({ ...one, text: one.text.replace(CONTROLS, ' ') }));
}

/** Rows that are told at once; more are scrolled to. */
const SPOKEN_ROWS = 20;

/**
 * A state for who hears it: what changes with a key, and no more. The keys are told by help, since they would be read
 * after every letter.
 */
export function spokenOf<S extends Common, A>(wizard: Wizard<S, A>, state: S, columns: number): Line[] {
  const step = wizard.steps[state.step as S['step']];
  const area = { columns, rows: SPOKEN_ROWS };
  const body = state.isHelping
    ? [...step.help, `keys: ${keysAt(wizard, state).join(', ')}`].map(text => line(text))
    : (step.spoken ?? step.screen)(state, area);
  const lines = [line(step.title), ...body, ...notes(wizard, state, columns)];
  return lines.filter(words => words.some(({ text }) => text.trim() !== '')).map(harmless);
}

function notes<S extends Common, A>(wizard: Wizard<S, A>, { job, trouble }: S, columns: number): Line[] {
  if (job !== undefined) {
    const call = job.call as NonNullable<S['job']>['call'];
    return [line(span(`… ${wizard.waiting[call]}`, 'warn'))];
  }
  if (trouble === undefined) return [];
  return [
    ...paragraph(`✗ ${trouble.text}`, columns, 'bad').slice(0, 3),
    ...trouble.hints.flatMap(hint => paragraph(`→ ${hint}`, columns, 'dim', '  ')).slice(0, 3),
  ];
}

/** Keys stand together with what they do. */
function keyLines(keys: readonly string[], columns: number): Line[] {
  const tied = keys.map(key => key.replaceAll(' ', '\u00a0'));
  const lines = wrapWords(tied.join(' '), columns);
  return lines.map(words => line(span(spread(words), 'dim'))).map(one => fitted(one, columns));
}

/** Two spaces between keys where there is room. */
function spread(words: string): string {
  return words.replaceAll(' ', '  ').replaceAll('\u00a0', ' ');
}

function fitted(one: Line, columns: number): Line {
  const [first] = one;
  if (first === undefined || columnsOf(first.text) <= columns) return one;
  return [{ ...first, text: first.text.replaceAll('  ', ' ') }];
}
