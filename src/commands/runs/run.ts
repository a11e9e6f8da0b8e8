import type { Flow } from '../../base/flow.ts';
import { keepHeapSmall } from '../../base/memory.ts';
import { createPrinter, type ProgressMode } from '../../progress/choose.ts';
import { tolerateClosedStreams } from '../../progress/console.ts';
import type { ProgressEvent, Report } from '../../progress/events.ts';
import { isLogged, logged } from '../../progress/log-file.ts';
import { logLine } from '../../progress/log-lines.ts';
import type { ROUTES } from '../../progress/phases.ts';
import { show } from '../../progress/printer.ts';
import type { Recorder } from '../../progress/recorder.ts';
import { Tally } from '../../progress/tally.ts';
import { TRACE, traceRequests } from '../../progress/trace.ts';
import { Stopping } from './stopping.ts';

/** What an engine gets of its surroundings. */
export interface RunContext {
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** How a run is shown. */
export interface RunFlags {
  readonly progress: string;
  readonly quiet: boolean;
  /** Of `-v`. */
  readonly v?: number;
  /** Keeps the times for a report. */
  readonly recorder?: Recorder | undefined;
  /** Of the run's transfers, so that whoever watches can pause them. */
  readonly flow?: Flow;
  /** Tells whoever wants to stop how to go on later: a sentence, with the exact command. */
  readonly wayOn?: () => string;
}

/** How to go on from a run that has not begun to write. */
export const NOTHING_YET = 'nothing has been written; run it again';

const NO_WAY_ON = 'nothing is kept of what was done so far; run it again to begin anew';

/**
 * Runs an engine with its progress shown, and ends it in an orderly way on a signal; a second signal ends the
 * program at once. @throws Failure `interrupted`, or what the engine threw.
 */
export async function runShown<T>(
  route: (typeof ROUTES)[keyof typeof ROUTES],
  flags: RunFlags,
  work: (context: RunContext) => Promise<T>,
): Promise<{ readonly value: T; readonly seconds: number }> {
  tolerateClosedStreams();
  keepHeapSmall();
  const now = () => performance.now();
  const tally = new Tally(now, route);
  const { wayOn = () => NO_WAY_ON } = flags;
  using stopping = new Stopping(tally, flags.flow, now, wayOn);
  const { signal, finish, abandon } = stopping;
  const isTraced = (flags.v ?? 0) >= TRACE.requests;
  const printer = createPrinter(tally, {
    // Lines between its frames would tear the live view.
    mode: isTraced && !isLogged() && flags.progress === 'auto' ? 'plain' : (flags.progress as ProgressMode),
    quiet: flags.quiet,
    stream: process.stderr,
    env: process.env,
    now,
    controls: { flow: flags.flow, finish, abandon, wayOn },
  });
  const trace = isLogged() ? logged : (line: string) => process.stderr.write(`${line}\n`);
  const untrace = traceRequests(flags.v ?? 0, trace);
  if (isLogged()) tally.listen(logEvent);
  const unfollow = flags.recorder?.follow(tally);
  const started = now();
  try {
    const value = await show(tally, printer, () => work({ report: tally.report, signal }), signal);
    return { value, seconds: (now() - started) / 1000 };
  } catch (error) {
    // What an abort made fail on the way is not the reason.
    throw signal.aborted ? signal.reason : error;
  } finally {
    untrace();
    unfollow?.();
  }
}

function logEvent(event: ProgressEvent): void {
  const line = logLine(event);
  if (line !== undefined) logged(line);
}
