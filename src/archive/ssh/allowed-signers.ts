import { Failure } from '../../base/errors.ts';
import { ED25519, parsePublicKey } from './public-key.ts';
import { WireError } from './wire.ts';

/** Who may sign (ssh-keygen(1), "ALLOWED SIGNERS"). */
export interface AllowedSigner {
  /** Who it is, as the file has it: patterns, separated by commas. */
  readonly principals: string;
  readonly key: Buffer;
  /** Patterns of namespaces; every one when absent. */
  readonly namespaces?: readonly string[];
  readonly validAfter?: Date;
  readonly validBefore?: Date;
}

const OPTION = /^([a-z-]+)(?:="((?:[^"\\]|\\.)*)")?(?:,|$)/i;
const PRINCIPALS = /^(?:"([^"]+)"|([^\s"]+))[ \t]+(.*)$/;
/** Options up to the first blank outside of quotes. */
const OPTIONS = /^((?:[^\s"]|"(?:[^"\\]|\\.)*")+)[ \t]+(.*)$/;
const KEY_TYPE = /^(?:ssh-|ecdsa-|sk-|rsa-)[a-z0-9@.-]+$/i;

/**
 * Reads an allowed signers file. Keys of other types than ed25519, and authorities for certificates, can be in it and
 * do not match anything.
 *
 * @throws Failure `usage` with the line: what cannot be understood must not be passed over.
 */
export function parseAllowedSigners(text: string, path: string): AllowedSigner[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return [];
    try {
      return parseLine(trimmed);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      throw new Failure('usage', `it is no line of an allowed signers file: ${error.message}`, {
        subject: `${path}, line ${index + 1}`,
        hints: [
          'the form is told in ssh-keygen(1): who@example.com namespaces="asa-backup" ssh-ed25519 AAAA…',
        ],
      });
    }
  });
}

function parseLine(line: string): AllowedSigner[] {
  const [, quoted, plain, rest = ''] = PRINCIPALS.exec(line) ?? [];
  const principals = quoted ?? plain;
  if (principals === undefined) throw new WireError('there is no key in it');
  const [first = ''] = rest.split(/[ \t]/, 1);
  const [, options = '', key = ''] = KEY_TYPE.test(first) ? ['', '', rest] : (OPTIONS.exec(rest) ?? []);
  const [type = ''] = key.split(/[ \t]/, 1);
  if (!KEY_TYPE.test(type)) throw new WireError('there is no key in it');
  const { authority, ...limits } = optionsOf(options);
  if (type !== ED25519 || authority) return [];
  return [{ principals, key: parsePublicKey(key).blob, ...limits }];
}

function optionsOf(text: string): Omit<AllowedSigner, 'principals' | 'key'> & { authority?: true } {
  let limits: ReturnType<typeof optionsOf> = {};
  for (let rest = text; rest !== ''; ) {
    const [all = '', name = '', value] = OPTION.exec(rest) ?? [];
    const option = name.toLowerCase();
    if (option === 'cert-authority' && value === undefined) limits = { ...limits, authority: true };
    else if (option === 'namespaces' && value) limits = { ...limits, namespaces: value.split(',') };
    else if (option === 'valid-after' && value) limits = { ...limits, validAfter: timeOf(value) };
    else if (option === 'valid-before' && value) limits = { ...limits, validBefore: timeOf(value) };
    else throw new WireError(`its option ${JSON.stringify(name || rest.slice(0, 40))} is not known`);
    rest = rest.slice(all.length);
  }
  return limits;
}

/** `YYYYMMDD`, with hours, minutes and seconds if wanted; local time without a `Z`. */
function timeOf(text: string): Date {
  const [, year, month, day, hour = '00', minute = '00', second = '00', zone] =
    /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?(Z)?$/i.exec(text) ?? [];
  const time = new Date(
    `${year}-${month}-${day}T${hour}:${minute}:${second}${zone === undefined ? '' : 'Z'}`,
  );
  if (Number.isNaN(time.getTime())) throw new WireError(`${JSON.stringify(text)} is no time`);
  return time;
}

/** Why a key may not sign; undefined when this signer's may. */
export function objectionTo(signer: AllowedSigner, namespace: string, at: Date): string | undefined {
  const { namespaces, validAfter, validBefore } = signer;
  if (namespaces !== undefined && !matches(namespaces, namespace))
    return `it may not sign in the namespace ${namespace}`;
  if (validAfter !== undefined && at < validAfter)
    return `it was valid only after ${validAfter.toISOString()}`;
  if (validBefore !== undefined && at >= validBefore)
    return `it was valid only before ${validBefore.toISOString()}`;
  return undefined;
}

/** As ssh's match_pattern_list: `*` and `?`, and a pattern with `!` before it excludes. */
function matches(patterns: readonly string[], text: string): boolean {
  const fits = (pattern: string) =>
    new RegExp(
      `^${pattern
        .replace(/[.+^${}()|[\]\\]/g, '\\$&')
        .replace(/\*/g, '.*')
        .replace(/\?/g, '.')}$`,
    ).test(text);
  const [excluding, including] = [true, false].map(not =>
    patterns.filter(pattern => pattern.startsWith('!') === not).map(pattern => pattern.replace(/^!/, '')),
  );
  return (including ?? []).some(fits) && !(excluding ?? []).some(fits);
}
