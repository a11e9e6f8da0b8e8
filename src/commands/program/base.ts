import type { Command, Interfaces } from '@oclif/core';
import { CLIError } from '@oclif/core/errors';
import { parse } from '@oclif/core/parser';
import { Failure } from '../../base/errors.ts';
import { endAbruptly } from './abrupt.ts';
import { defaultWords, type FlagShape } from './defaults.ts';
import { endWithFailure } from './end.ts';
import { usageFailure } from './usage.ts';

type Output = Interfaces.OutputFlags<Interfaces.FlagInput>;

/**
 * What all commands share: where values come from, how errors reach people, and how the program ends. oclif describes
 * and parses flags and arguments; of the rest of it, which looks for commands and plugins on the disk, nothing is needed.
 */
export abstract class BaseCommand {
  static summary: string;
  static description?: string;
  static examples?: readonly Command.Example[];
  static usage?: string | readonly string[];
  static args: Interfaces.ArgInput = {};
  static flags: Interfaces.FlagInput = {};
  /** Not told of in help. */
  static hidden = false;
  protected readonly argv: readonly string[];

  constructor(argv: readonly string[]) {
    this.argv = argv;
  }

  /** Runs it and says what went wrong. */
  async start(): Promise<void> {
    process.once('uncaughtException', error => void endAbruptly(error));
    const early = () =>
      void endAbruptly(new Failure('internal', 'nothing is left to wait for, and the work is not done'));
    process.once('beforeExit', early);
    try {
      await this.run();
    } catch (error) {
      const { flags } = this.constructor as typeof BaseCommand;
      endWithFailure(error instanceof CLIError ? usageFailure(error, Object.keys(flags)) : error);
    } finally {
      process.off('beforeExit', early);
    }
  }

  protected abstract run(): Promise<void>;

  /** Flags that make no sense beside what the command line says: no default for them is taken. */
  protected async ruledOut(_flags: Output, _args: readonly string[]): Promise<readonly string[]> {
    return [];
  }

  /** Flags that the command line leaves open may stand in the environment or in the configuration file. */
  protected async parse<
    F extends Output,
    B extends Output,
    A extends Interfaces.OutputArgs<Interfaces.ArgInput>,
  >(
    command: Interfaces.Input<F, B, A>,
    argv: readonly string[] = this.argv,
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    // oclif notes a value that it reads from standard input on the context, which none of our flags wants.
    const input = { ...command, context: {} } as Interfaces.Input<F, B, A>;
    const parsed = await parse<F, B, A>([...argv], input);
    const flags = (command.flags ?? {}) as Readonly<Record<string, FlagShape>>;
    const given = new Set(
      Object.keys(parsed.flags).filter(name => !parsed.metadata.flags[name]?.setFromDefault),
    );
    const ruledOut = await this.ruledOut(parsed.flags, parsed.argv.map(String));
    const words = await defaultWords(flags, { given, ruledOut }, flagNames, process.env);
    const whole = words.length === 0 ? parsed : await parse<F, B, A>([...words, ...argv], input);
    const log = (whole.flags as Output)['log-file'];
    if (typeof log === 'string') (await import('../../progress/log-file.ts')).openLog(log);
    return whole;
  }
}

/** The flags of all commands. */
async function flagNames(): Promise<ReadonlySet<string>> {
  const { HELP } = await import('../help/all.ts');
  return new Set(HELP.flatMap(({ flags }) => flags.map(({ name }) => name)));
}
