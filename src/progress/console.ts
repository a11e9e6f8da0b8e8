/**
 * Every word that this program says to people goes through this file.
 *
 * - Results go to standard output, and nothing else does: `-o json` and `-` can be piped as they are.
 * - Progress, warnings and errors go to standard error; progress by its printers.
 * - An error is `error: <subject>: <message>`, then what caused it, then a `hint:` for each thing to do next. What several
 *   findings forbid is an `error:` for each.
 *   A warning is `warning: <message>`. No capital at the beginning, no full stop at the end.
 * - No stack trace, unless ASA_BACKUP_DEBUG is set.
 * - Never a credential: none is put into a message, and what looks like one is taken out of every message here.
 * - Names and messages of servers are shown as one harmless line: no control characters.
 * - Questions go to the terminal itself. Where there is none, the failure names the flag that answers.
 * - A reader that went away (`| head`, a closed terminal) is not an error.
 */
import { Failure, reasonOf } from '../base/errors.ts';
import { Refused } from '../base/findings.ts';
import { oneLine } from './format.ts';
import { logged } from './log-file.ts';
import { redact } from './redact.ts';
import { Terminal } from './terminal.ts';
import { hanging, widthOfTerminal } from './text.ts';

/**
 * Writes a result to standard output, ended by one line feed. A reader that went away is not missed.
 * @throws Failure `io-error` when the result cannot be kept: a full disk.
 */
export async function printResult(text: string): Promise<void> {
  tolerateClosedStreams();
  const line = text.endsWith('\n') ? text : `${text}\n`;
  const error = await new Promise<Error | null | undefined>(resolve => process.stdout.write(line, resolve));
  if (!error || isGone(error)) return;
  throw new Failure('io-error', `the result cannot be written: ${reasonOf(error)}`, {
    subject: 'standard output',
    hints: ['what was done is done; only this report of it is lost'],
  });
}

/** Writes a result for programs to standard output. */
export async function printDocument(value: unknown, format: 'json' | 'yaml'): Promise<void> {
  if (format === 'json') return printResult(JSON.stringify(value, undefined, 2));
  const { dump } = await import('js-yaml');
  // The way through JSON drops what YAML cannot say (undefined) and makes both formats say the same.
  printResult(dump(JSON.parse(JSON.stringify(value)), { lineWidth: -1, noRefs: true }));
}

/** On a terminal it breaks between words, and what follows its first line stands under it. */
export function printWarning(message: string): void {
  const line = `warning: ${clean(message)}`;
  say(line, onTerminal(line));
}

/** A line whose later rows stand under its text; whole where it ends in a command, which is to be copied as it is. */
function onTerminal(line: string): string {
  const { isTTY } = process.stderr;
  const [, lead = '', text = ''] = /^( *\w+: )(.*)$/s.exec(line) ?? [];
  return isTTY && !/\bkubectl /.test(line) ? hanging(lead, text, widthOfTerminal(process.stderr) - 1) : line;
}

/** Writes whatever was thrown to standard error. */
export function printError(error: unknown): void {
  const lines = errorLines(error);
  say(lines.join('\n'), lines.map(onTerminal).join('\n'));
  if ((process.env.ASA_BACKUP_DEBUG ?? '') !== '') say(redact(stackOf(error)));
}

/** What {@link printError} writes, line by line. */
export function errorLines(error: unknown): string[] {
  const message = reasonOf(error);
  const subject = error instanceof Failure && error.subject !== undefined ? [error.subject] : [];
  const cause = causeOf(error);
  const hints =
    error instanceof Failure ? error.hints : ['this is a bug; run it again with ASA_BACKUP_DEBUG=1'];
  const errors = error instanceof Refused ? error.told : [[...subject, message].join(': ')];
  return [
    ...errors.map(text => `error: ${clean(text)}`),
    ...(cause === undefined || message.includes(cause) ? [] : [`  because: ${clean(cause)}`]),
    ...hints.map(hint => `hint: ${clean(hint)}`),
  ];
}

/**
 * Asks a question that is answered by yes or no; anything but yes is no.
 * @throws Failure `usage` when there is no terminal
 */
export async function confirm(question: string, flag = '--yes'): Promise<boolean> {
  using terminal = openTerminal(
    `there is no terminal to ask: ${question}`,
    `pass ${flag} to say yes beforehand`,
  );
  const answer = await terminal.ask(`${clean(question)} [y/N] `, { echo: true });
  return ['y', 'yes'].includes(answer.trim().toLowerCase());
}

/**
 * Tells what is about to be lost, and asks for a name to be typed; anything else is no.
 * @throws Failure `usage` when there is no terminal
 */
export async function confirmByName(question: string, name: string): Promise<boolean> {
  using terminal = openTerminal(
    `there is no terminal to ask: ${question}`,
    'pass --yes to say yes beforehand',
  );
  terminal.say(clean(question));
  return (await terminal.ask(`${clean(`type ${name} to confirm`)}: `, { echo: true })).trim() === name;
}

/** Whether somebody is there to be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY || process.stderr.isTTY;
}

/**
 * Found out before anything is read, not after an hour of it.
 * @param message that it asks, and nobody is there
 * @throws Failure `usage` when nobody is there
 */
export function requireTerminal(message: string): void {
  if (canAsk()) return;
  throw new Failure('usage', message, {
    hints: ['pass --yes to confirm beforehand, or --dry-run to see what would be done'],
  });
}

/**
 * Tells something and asks for one line; an empty one stands for the answer that is proposed.
 * @throws Failure `usage` when there is no terminal
 */
export async function askLine(lines: readonly string[], prompt: string, proposed: string): Promise<string> {
  using terminal = openTerminal(`there is no terminal to ask: ${prompt}`, 'run it on a terminal');
  for (const line of lines) terminal.say(clean(line));
  const answer = await terminal.ask(`${clean(`${prompt} [${proposed}]`)}: `, { echo: true });
  return answer.trim() === '' ? proposed : answer.trim();
}

/**
 * Asks which of a few, which are answered by their words or first letters; anything else is the last.
 * @throws Failure `usage` when there is no terminal
 */
export async function choose<T extends string>(
  question: string,
  choices: readonly [...T[], T],
  flag: string,
): Promise<T> {
  using terminal = openTerminal(
    `there is no terminal to ask: ${question}`,
    `pass ${flag} to say it beforehand`,
  );
  const words = choices.map(choice => `[${choice.charAt(0)}]${choice.slice(1)}`).join(', ');
  const answer = (await terminal.ask(`${clean(question)} ${words} `, { echo: true })).trim().toLowerCase();
  const chosen = choices.find(choice => answer === choice || answer === choice.charAt(0));
  return chosen ?? (choices.at(-1) as T);
}

/**
 * Asks for a passphrase without showing it; with `confirm` twice, until both are the same.
 * @param hint what to pass where there is no terminal
 * @throws Failure `usage` when there is no terminal
 */
export async function askPassphrase(
  prompt: string,
  options: { confirm: boolean; hint: string },
): Promise<string> {
  using terminal = openTerminal('there is no terminal to ask for a passphrase', options.hint);
  for (;;) {
    const passphrase = await terminal.ask(`${clean(prompt)}: `, { echo: false });
    if (passphrase === '') continue;
    if (!options.confirm) return passphrase;
    if ((await terminal.ask(`${clean(prompt)} again: `, { echo: false })) === passphrase) return passphrase;
    terminal.say('the two are not the same, once more');
  }
}

/**
 * Lets the program live on when nobody reads its output any more, or its output cannot be kept. What needs its output
 * kept, a result or an archive on standard output, learns of it from its own writes.
 */
export function tolerateClosedStreams(): void {
  if (isTolerant) return;
  isTolerant = true;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => undefined);
  }
}

let isTolerant = false;

/** Nobody reads any more: a closed pipe, a closed terminal. */
function isGone(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EPIPE' || error.code === 'EIO';
}

/** @param shown the same as it is broken into lines for a terminal */
function say(text: string, shown = text): void {
  tolerateClosedStreams();
  for (const line of text.split('\n')) logged(line);
  process.stderr.write(`${shown}\n`);
}

function openTerminal(message: string, hint: string): Terminal {
  const terminal = Terminal.open();
  if (terminal === undefined) throw new Failure('usage', message, { hints: [hint] });
  return terminal;
}

function clean(text: string): string {
  return redact(oneLine(text));
}

function causeOf(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? undefined : reasonOf(cause);
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
