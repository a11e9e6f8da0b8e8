import { afterEach, describe, expect, it, vi } from 'vitest';
import { COMMANDS } from '../../src/commands/index.ts';
import { BaseCommand } from '../../src/commands/program/base.ts';
import { variableOf } from '../../src/commands/program/defaults.ts';

type Flags = (typeof BaseCommand)['flags'];
type AnyCommand = (new (argv: readonly string[]) => BaseCommand) & { readonly flags: Flags };

const ALL = Object.entries(COMMANDS) as unknown as [string, AnyCommand][];
const ARGUMENTS: Readonly<Record<string, string[]>> = {
  split: ['a', 'b'],
  redact: ['a', 'b'],
  rekey: ['a', 'b'],
};

afterEach(() => vi.unstubAllEnvs());

/** Some value that a flag takes. */
function someValue(flag: Flags[string]): string {
  if (flag?.type === 'boolean') return 'true';
  return flag?.options?.[0] ?? (flag?.name === 'v' ? '6' : '1');
}

function wordOf(name: string, flag: Flags[string]): string {
  return flag?.type === 'boolean' ? `--${name}` : `--${name}=${someValue(flag)}`;
}

/** The flags of a command line beside an environment that says something of every flag, in names with their values. */
async function parsed(Command: AnyCommand, argv: readonly string[]): Promise<Record<string, unknown>> {
  // It is for the commands alone.
  const { parse } = BaseCommand.prototype as unknown as {
    parse: (command: unknown) => Promise<{ flags: object }>;
  };
  return { ...(await parse.call(new Command(argv), Command)).flags };
}

describe('a default never stands against the command line:', () => {
  const pairs = ALL.flatMap(([command, Command]) =>
    Object.entries(Command.flags).flatMap(([name, flag]) =>
      (flag.exclusive ?? []).flatMap(other => [
        [command, name, String(other)] as const,
        [command, String(other), name] as const,
      ]),
    ),
  ).filter(([command, , other]) => COMMANDS[command as keyof typeof COMMANDS].flags[other as never]);

  it.each(pairs)('%s with --%s, and %s in the environment', async (command, name, other) => {
    const Command = COMMANDS[command as keyof typeof COMMANDS] as unknown as AnyCommand;
    vi.stubEnv(variableOf(other), someValue(Command.flags[other] as Flags[string]));
    const required = Object.entries(Command.flags).filter(([, flag]) => flag.required);
    const needed = required.map(([flag, shape]) => wordOf(flag, shape));
    const argv = [
      ...(ARGUMENTS[command] ?? ['a']),
      ...needed,
      wordOf(name, Command.flags[name] as Flags[string]),
    ];
    const flags = await parsed(Command, argv);
    expect(flags).toHaveProperty(name);
    expect(flags[other] ?? false).toBe(false);
  });

  it('an export that is gone on with is as it was planned', async () => {
    for (const [name, value] of [
      ['overwrite', 'true'],
      ['org', 'acme'],
      ['volume-size', '4g'],
      ['context', 'old'],
    ])
      vi.stubEnv(variableOf(name ?? ''), value ?? '');
    const flags = await parsed(COMMANDS.export as unknown as AnyCommand, ['backup.tar', '--resume']);
    expect(flags).toMatchObject({ resume: true, context: 'old' });
    expect(flags.overwrite ?? false).toBe(false);
    expect(flags).not.toHaveProperty('org');
    expect(flags).not.toHaveProperty('volume-size');
  });

  it('an export to standard output has no parts and is not read back', async () => {
    for (const [name, value] of [
      ['verify', 'true'],
      ['volume-size', '4g'],
      ['output', 'json'],
    ])
      vi.stubEnv(variableOf(name ?? ''), value ?? '');
    const flags = await parsed(COMMANDS.export as unknown as AnyCommand, ['-']);
    expect([flags.verify ?? false, flags['volume-size'], flags.output]).toEqual([
      false,
      undefined,
      undefined,
    ]);
  });

  it('a restore that is gone on with goes where it began, whatever the environment names now', async () => {
    vi.stubEnv('ASA_BACKUP_CONTEXT', 'elsewhere');
    vi.stubEnv('ASA_BACKUP_OUTPUT', 'json');
    const resumed = await parsed(COMMANDS.restore as unknown as AnyCommand, ['--resume']);
    expect(resumed).not.toHaveProperty('context');
    expect(resumed).toMatchObject({ output: 'json' });
    expect(await parsed(COMMANDS.restore as unknown as AnyCommand, ['a'])).toMatchObject({
      context: 'elsewhere',
    });
  });
});
