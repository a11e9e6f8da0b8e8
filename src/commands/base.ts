import { Command, Errors, type Interfaces } from '@oclif/core';
import { EXIT } from '../base/errors.ts';
import { defaultWords, type FlagShape } from './defaults.ts';
import { usageFailure } from './usage.ts';

type Output = Interfaces.OutputFlags<Interfaces.FlagInput>;

/** What all commands share: where values come from, how errors reach people, and how the program ends. */
export abstract class BaseCommand extends Command {
  /** Flags that the command line leaves open may stand in the environment or in the configuration file. */
  protected override async parse<
    F extends Output,
    B extends Output,
    A extends Interfaces.OutputArgs<Interfaces.ArgInput>,
  >(
    options?: Interfaces.Input<F, B, A>,
    argv: string[] = this.argv,
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    const parsed = await super.parse<F, B, A>(options, argv);
    const flags = (this.ctor.flags ?? {}) as Readonly<Record<string, FlagShape>>;
    const given = Object.keys(parsed.flags).filter(name => !parsed.metadata.flags[name]?.setFromDefault);
    const { COMMANDS } = await import('./index.ts');
    const known = Object.values(COMMANDS).flatMap(command => Object.keys(command.flags ?? {}));
    const words = await defaultWords(flags, new Set(given), new Set(known), process.env);
    const whole = words.length === 0 ? parsed : await super.parse<F, B, A>(options, [...words, ...argv]);
    const log = (whole.flags as Output)['log-file'];
    if (typeof log === 'string') (await import('../progress/log-file.ts')).openLog(log);
    return whole;
  }

  protected override catch(error: Error): Promise<void> {
    return endWith(error, Object.keys(this.ctor.flags ?? {}));
  }
}

/**
 * Tells what went wrong and sets the exit code that goes with it.
 * @param flags those of the command that was running
 */
export async function endWith(error: unknown, flags?: readonly string[]): Promise<void> {
  // oclif ends the program in this way after it has shown help.
  if (error instanceof Errors.ExitError) {
    process.exitCode = error.oclif.exit ?? EXIT.done;
    return;
  }
  const { endWithFailure } = await import('./end.ts');
  endWithFailure(error instanceof Errors.CLIError ? usageFailure(error, flags) : error);
}
