/** The signs of the live view. Meaning never hangs on colour alone: every state has a sign of its own. */
export interface Symbols {
  readonly done: string;
  readonly failed: string;
  readonly warning: string;
  readonly note: string;
  readonly ahead: string;
  readonly waiting: string;
  readonly question: string;
  readonly moving: string;
  readonly separator: string;
  readonly bar: { readonly full: string; readonly half: string; readonly rest: string };
  readonly spinner: string;
}

const UNICODE: Symbols = {
  done: '✓',
  failed: '✗',
  warning: '!',
  note: '·',
  ahead: '·',
  waiting: '…',
  question: '›',
  moving: '↓',
  separator: '·',
  bar: { full: '━', half: '╸', rest: '─' },
  spinner: '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏',
};

const ASCII: Symbols = {
  done: '+',
  failed: 'x',
  warning: '!',
  note: '-',
  ahead: '.',
  waiting: '?',
  question: '>',
  moving: '>',
  separator: '|',
  bar: { full: '=', half: '>', rest: '-' },
  spinner: '-\\|/',
};

/** The console of the Linux kernel has a font of 512 signs, and these are not among them. */
export function symbolsFor(env: NodeJS.ProcessEnv): Symbols {
  return env.TERM === 'linux' ? ASCII : UNICODE;
}

/** The sign that turns while something is under way: five steps a second, calm but alive. */
export function spin(symbols: Symbols, seconds: number): string {
  return symbols.spinner.charAt(Math.floor(seconds * 5) % symbols.spinner.length);
}
