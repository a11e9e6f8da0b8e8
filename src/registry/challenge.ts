/** What a registry wants before it answers (RFC 9110 §11.6.1). */
export interface Challenge {
  /** In lower case: `basic`, `bearer`. */
  readonly scheme: string;
  /** By lower-case name. */
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = "[\\w!#$%&'*+.^`|~-]+";
const PARAMETER = new RegExp(`(${TOKEN})[ \\t]*=[ \\t]*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}))`, 'y');
const SCHEME = new RegExp(`(${TOKEN})(?:[ \\t]+|(?=,)|$)`, 'y');
const GAP = /[ \t,]*/y;

/** Reads a `WWW-Authenticate` header; what stands behind something unreadable is left out. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(header);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  while (at < header.length) {
    take(GAP);
    const parameter = take(PARAMETER);
    const current = challenges.at(-1);
    if (parameter !== null && current !== undefined) {
      const [, name = '', quoted, plain = ''] = parameter;
      current.parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain);
      continue;
    }
    const scheme = parameter === null ? take(SCHEME) : null;
    if (scheme === null) break;
    challenges.push({ scheme: (scheme[1] ?? '').toLowerCase(), parameters: new Map() });
  }
  return challenges;
}
