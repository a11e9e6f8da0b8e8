import { Failure } from '../../base/errors.ts';
import { JobControl, signalJob } from '../../progress/job-control.ts';
import { holding } from '../../progress/printer.ts';
import { openKeys } from '../../progress/terminal.ts';
import { openWizard, type WizardView } from '../../ui/wizard/open-wizard.tsx';
import type { Runner } from '../../ui/wizard/runner.ts';
import type { Common } from '../../ui/wizard/wizard.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Does some work in front of a person, which a signal interrupts. */
export async function onTerminal<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort(new Failure('interrupted', 'interrupted while asking'));
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    return await work(interrupt.signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}

/**
 * Lets a person answer all that a wizard asks.
 * @throws Failure `refused` when it was left, `interrupted` on Ctrl-C or a signal
 */
export async function askAll<S extends Common, A>(runner: Runner<S, A>, signal: AbortSignal): Promise<S> {
  signal.addEventListener('abort', () => runner.press({ name: 'quit' }), { once: true });
  const state = await answeredTo(runner);
  if (state.ending === 'confirmed') return state;
  if (state.ending === 'left') throw new Failure('refused', 'left before the end; nothing was written');
  throw new Failure('interrupted', 'interrupted; nothing was written');
}

/** The state in which a wizard ends. It lets go of the terminal for Ctrl-Z and for a crash. */
async function answeredTo<S extends Common, A>(runner: Runner<S, A>): Promise<S> {
  const isOver = () => runner.get().ending !== undefined;
  let view: WizardView | undefined;
  let fail: (error: unknown) => void = () => undefined;
  const ended = new Promise<void>((resolve, reject) => {
    runner.subscribe(() => isOver() && resolve());
    fail = reject;
  });
  const onSuspend = () => signalJob('SIGTSTP');
  const job = new JobControl({
    take() {
      const keys = openKeys();
      if (keys === undefined) return fail(new Failure('interrupted', 'the terminal is gone'));
      view = openWizard(runner, { screen: process.stderr, keys, env: process.env, onSuspend });
      view.gone.catch(fail);
    },
    async give() {
      await view?.close();
      view = undefined;
    },
    isOver,
  });
  job.begin();
  try {
    await holding(
      () => job.end(),
      () => ended,
    );
  } finally {
    await job.end();
  }
  return runner.get();
}
