import { Failure } from '../base/errors.ts';
import { keepHeapSmall } from '../base/memory.ts';
import { createPrinter, type ProgressMode } from '../progress/choose.ts';
import { tolerateClosedStreams } from '../progress/console.ts';
import type { Report } from '../progress/events.ts';
import type { ROUTES } from '../progress/phases.ts';
import { show } from '../progress/printer.ts';
import type { Recorder } from '../progress/recorder.ts';
import { Tally } from '../progress/tally.ts';
import { TRACE, traceRequests } from '../progress/trace.ts';

/** What an engine gets of its surroundings. */
export interface RunContext {
  readonly report: Report;
  readonly signal: AbortSignal;
}

interface RunFlags {
  readonly progress: string;
  readonly quiet: boolean;
  /** Of `-v`. */
  readonly v?: number;
  /** Keeps the times for a report. */
  readonly recorder?: Recorder | undefined;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

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
  const printer = createPrinter(tally, {
    // Lines between its frames would tear the live view.
    mode:
      (flags.v ?? 0) >= TRACE.requests && flags.progress === 'auto'
        ? 'plain'
        : (flags.progress as ProgressMode),
    quiet: flags.quiet,
    stream: process.stderr,
    env: process.env,
    now,
  });
  const controller = new AbortController();
  const interrupt = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(
      new Failure('interrupted', `interrupted by ${signal}`, {
        hints: ['run it again: a restore finds what is there already, an export begins anew'],
      }),
    );
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  const untrace = traceRequests(flags.v ?? 0, line => process.stderr.write(`${line}\n`));
  const unfollow = flags.recorder?.follow(tally);
  const started = now();
  try {
    const value = await show(
      tally,
      printer,
      () => work({ report: tally.report, signal: controller.signal }),
      controller.signal,
    );
    return { value, seconds: (now() - started) / 1000 };
  } catch (error) {
    // What an abort made fail on the way is not the reason.
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    untrace();
    unfollow?.();
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}
