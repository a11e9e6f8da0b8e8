import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Failure, reasonOf } from '../../base/errors.ts';
import { nearest } from '../../base/nearest.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What of a flag's definition says how a value for it is written. */
export interface FlagShape {
  readonly type: 'boolean' | 'option';
  readonly multiple?: boolean;
  readonly allowNo?: boolean;
  /** Flags that it cannot stand beside. */
  readonly exclusive?: readonly string[];
  /** Flags that it means nothing without. */
  readonly dependsOn?: readonly string[];
}

/** Consent is given where it is meant, and not once for all. */
const NEVER_CONFIGURED = ['yes'];

/** What the command line says. */
interface Said {
  /** Names of its flags. */
  readonly given: ReadonlySet<string>;
  /** Flags that have no place beside what it says, and would be refused there. */
  readonly ruledOut: Iterable<string>;
}

/**
 * Words that stand for what the environment and the configuration file say of a command's flags, where the command line
 * says nothing: `ASA_BACKUP_CONTEXT=x` is `--context=x`. The environment goes before the file, and nothing of either
 * stands against the command line: what it rules out, excludes, or lacks the base for, is left alone.
 *
 * @param known names of the flags that any command has, asked for when there is a file
 * @throws Failure `usage` when the file cannot be read, or says what no flag means
 */
export async function defaultWords(
  flags: Readonly<Record<string, FlagShape>>,
  { given, ruledOut }: Said,
  known: () => Promise<ReadonlySet<string>>,
  env: Environment,
): Promise<string[]> {
  const configured = await readConfiguration(known, env);
  const closed = new Set([...given, ...ruledOut]);
  const taken = new Set(given);
  const found = new Map<string, string[]>();
  for (const valuesOf of [inEnvironment(env), inFile(configured, env)]) {
    const stronger = new Set(taken);
    for (const [name, flag] of Object.entries(flags)) {
      if (closed.has(name) || found.has(name) || isExcluded(name, flags, stronger)) continue;
      const words = valuesOf(name, flag);
      if (words === undefined) continue;
      found.set(name, words);
      if (words.length > 0) taken.add(name);
    }
  }
  const isFounded = (name: string) => flags[name]?.dependsOn?.every(other => taken.has(other)) ?? true;
  return [...found].flatMap(([name, words]) => (isFounded(name) ? words : []));
}

type Values = (name: string, flag: FlagShape) => string[] | undefined;

function inEnvironment(env: Environment): Values {
  return (name, flag) => {
    const value = env[variableOf(name)];
    if (value === undefined || value === '') return undefined;
    return wordsOf(name, flag, flag.multiple ? value.split(',') : [value], variableOf(name));
  };
}

function inFile(configured: ReadonlyMap<string, string[]>, env: Environment): Values {
  return (name, flag) => {
    const values = configured.get(name);
    return values && wordsOf(name, flag, values, configurationFile(env));
  };
}

/** The environment variable for a flag: `ASA_BACKUP_REGISTRY_CA` for `--registry-ca`. */
export function variableOf(flag: string): string {
  return `ASA_BACKUP_${flag.replaceAll('-', '_').toUpperCase()}`;
}

function isExcluded(
  name: string,
  flags: Readonly<Record<string, FlagShape>>,
  given: ReadonlySet<string>,
): boolean {
  return [...given].some(
    other => flags[name]?.exclusive?.includes(other) || flags[other]?.exclusive?.includes(name),
  );
}

function wordsOf(name: string, flag: FlagShape, values: readonly string[], source: string): string[] {
  if (flag.type === 'option') return values.map(value => `--${name}=${value}`);
  const [value = ''] = values;
  if (['true', '1'].includes(value)) return [`--${name}`];
  if (['false', '0'].includes(value)) return flag.allowNo ? [`--no-${name}`] : [];
  throw new Failure('usage', `${name} is true or false`, { subject: source });
}

function configurationFile(env: Environment): string {
  if (env.ASA_BACKUP_CONFIG) return env.ASA_BACKUP_CONFIG;
  return join(env.XDG_CONFIG_HOME || join(env.HOME ?? homedir(), '.config'), 'asa-backup', 'config.yaml');
}

/** Values by flag; nothing when there is no file and none was named. */
async function readConfiguration(
  flagNames: () => Promise<ReadonlySet<string>>,
  env: Environment,
): Promise<Map<string, string[]>> {
  const file = configurationFile(env);
  if (!env.ASA_BACKUP_CONFIG && !existsSync(file)) return new Map();
  const fault = (message: string, hints: string[] = []) =>
    new Failure('usage', message, { subject: file, hints });
  const { load } = await import('js-yaml');
  let document: unknown;
  try {
    document = load(await readFile(file, 'utf8'));
  } catch (error) {
    throw fault(`the configuration cannot be read: ${reasonOf(error).split('\n')[0]}`);
  }
  if (document === undefined || document === null) return new Map();
  if (typeof document !== 'object' || Array.isArray(document)) {
    throw fault('the configuration is no list of FLAG: VALUE');
  }
  const known = await flagNames();
  return new Map(
    Object.entries(document).map(([name, value]) => {
      if (!known.has(name)) {
        const close = nearest(name, [...known]);
        throw fault(`there is no flag --${name}`, close ? [`did you mean ${close}?`] : []);
      }
      if (NEVER_CONFIGURED.includes(name)) {
        throw fault(`--${name} is not taken from a file`, ['pass it where you mean it']);
      }
      const values: unknown[] = Array.isArray(value) ? value : [value];
      const wrong = values.some(item => !['string', 'number', 'boolean'].includes(typeof item));
      if (wrong) throw fault(`${name} is a text, a number, true, false, or a list of them`);
      return [name, values.map(String)];
    }),
  );
}
