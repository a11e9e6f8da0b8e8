import { Failure } from '../base/errors.ts';
import { normaliseHost, parseReference, showRepository } from '../registry/reference.ts';

/** Images from one place are in another place in the target. */
export interface MapRule {
  /**
   * The beginning of `registry/repository`: a registry, a path below it, or Korifi's repository prefix, which ends in
   * `/` or `-` and is continued by any text. `*` stands for everything that no other rule covers.
   */
  readonly from: string;
  readonly to: string;
}

const EVERYTHING = '*';

/**
 * Which repository of the target an image of the source comes to. The longest matching rule decides; digests and tags
 * never change.
 */
export class ImageMap {
  /** Longest first, Docker Hub spelled out. */
  readonly prefixes: readonly MapRule[];
  readonly #catchAll: string | undefined;

  constructor(rules: readonly MapRule[]) {
    this.prefixes = rules
      .filter(({ from }) => from !== EVERYTHING)
      .map(({ from, to }) => ({ from: spellOut(from), to }))
      .sort((a, b) => b.from.length - a.from.length || (a.from < b.from ? -1 : 1));
    this.#catchAll = rules.find(({ from }) => from === EVERYTHING)?.to;
  }

  /** Every rule, in the order in which they are tried. */
  get rules(): MapRule[] {
    const all = this.#catchAll === undefined ? [] : [{ from: EVERYTHING, to: this.#catchAll }];
    return [...this.prefixes, ...all];
  }

  /**
   * The reference in the target; undefined when no rule covers it.
   * @throws Failure `usage` when the text is no image reference.
   */
  map(text: string): string | undefined {
    const reference = parseReference(text);
    const { path, tag, digest } = reference;
    const mapped = this.mapRepository(showRepository(reference)) ?? this.#catch(path);
    if (mapped === undefined) return undefined;
    return `${mapped}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
  }

  /** By prefix only: what the catch-all would do is left to {@link map}. `repository` has its registry spelled out. */
  mapRepository(repository: string): string | undefined {
    const rule = this.prefixes.find(rule => covers(rule, repository));
    return rule && join(rule, repository);
  }

  #catch(path: string): string | undefined {
    if (this.#catchAll === undefined) return undefined;
    return isOpen(this.#catchAll) ? this.#catchAll + path : `${this.#catchAll}/${path}`;
  }
}

/** A prefix that any text may continue, rather than the next part of a path only. */
function isOpen(prefix: string): boolean {
  return /[/._-]$/.test(prefix);
}

/** A whole repository cannot come to a registry without a path. */
function covers({ from, to }: MapRule, repository: string): boolean {
  if (!repository.startsWith(from)) return false;
  if (repository.length === from.length) return to.includes('/');
  return isOpen(from) || repository[from.length] === '/';
}

/** Neither doubles nor loses the slash between the new prefix and what remains of the old repository. */
function join({ from, to }: MapRule, repository: string): string {
  const rest = repository.slice(from.length);
  const tail = rest.startsWith('/') ? rest.slice(1) : rest;
  if (tail === '') return isOpen(from) ? to : to.replace(/[/._-]+$/, '');
  if (isOpen(to)) return to + tail;
  const isNextPart = rest !== tail || from.endsWith('/') || !to.includes('/');
  return isNextPart ? `${to}/${tail}` : to + tail;
}

/** Docker Hub's host as references spell it out. */
function spellOut(prefix: string): string {
  const slash = prefix.indexOf('/');
  if (slash < 0) return normaliseHost(prefix);
  return normaliseHost(prefix.slice(0, slash)) + prefix.slice(slash);
}

const PLACE = /^[a-z0-9[](?!.*:\/\/)[^\s@=*]*$/i;

/**
 * Reads `FROM=TO` as it stands behind `--registry-map`.
 * @throws Failure `usage` with what is expected.
 */
export function parseMapRule(text: string): MapRule {
  const [from = '', to = '', ...rest] = text.split('=');
  const isRight = rest.length === 0 && (from === EVERYTHING || PLACE.test(from)) && PLACE.test(to);
  if (isRight) return { from, to };
  throw new Failure('usage', 'expected FROM=TO, two beginnings of repositories', {
    subject: text.slice(0, 300),
    hints: [
      'for example registry.old.example.com/apps/=registry.new.example.com/apps/',
      "or '*=registry.new.example.com/mirror' for every image that no other rule covers",
    ],
  });
}
