import { normaliseHost } from '../registry/reference.ts';
import type { ImageMap } from './image-map.ts';

/** What a registry, a repository or an image reference is written with; all else in YAML parts them. */
const TOKEN = /[A-Za-z0-9[][\w./:@[\]-]*/g;
/** A repository, then a tag and a digest. */
const REFERENCE = /^(.*?)((?::[\w.-]+)?(?:@sha(?:256|512):[0-9a-f]+)?)$/;
const SCHEME = /^(?:https?|oci):\/\//;

/**
 * Rewrites registries, repository prefixes and image references inside YAML (or JSON, or a docker config) as text, so
 * that comments, order and quoting stay. Only whole words change, and only those that a prefix of the map covers: the
 * catch-all would take any word with a slash for an image.
 */
export function rewriteValues(text: string, map: ImageMap): string {
  const hosts = movedHosts(map);
  return text
    .split('\n')
    .map(line => {
      const end = startOfComment(line);
      return line.slice(0, end).replace(TOKEN, word => rewriteWord(word, map, hosts)) + line.slice(end);
    })
    .join('\n');
}

/** YAML: a comment starts at a `#` at the beginning of a line or behind white space, outside of quotes. */
function startOfComment(line: string): number {
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    const before = line.charAt(at - 1);
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '#' && (at === 0 || /\s/.test(before))) return at;
    else if ((character === '"' || character === "'") && !/\w/.test(before)) quote = character;
  }
  return line.length;
}

function rewriteWord(word: string, map: ImageMap, hosts: ReadonlyMap<string, string>): string {
  const scheme = SCHEME.exec(word)?.[0] ?? '';
  const place = word.slice(scheme.length);
  if (!place.includes('/')) {
    // Alone, what looks like a tag is a port.
    const host = hosts.get(normaliseHost(place));
    return host === undefined ? word : scheme + host;
  }
  const [, repository = place, suffix = ''] = REFERENCE.exec(place) ?? [];
  const mapped = map.mapRepository(spelledOut(repository));
  return mapped === undefined ? word : scheme + mapped + suffix;
}

function spelledOut(repository: string): string {
  const slash = repository.indexOf('/');
  return normaliseHost(repository.slice(0, slash)) + repository.slice(slash);
}

/** Registries all of whose rules lead to one registry: such a host can be replaced where it stands alone. */
function movedHosts({ prefixes }: ImageMap): Map<string, string> {
  const moved = new Map<string, Set<string>>();
  for (const { from, to } of prefixes) {
    const host = hostOf(from);
    moved.set(host, (moved.get(host) ?? new Set()).add(hostOf(to)));
  }
  return new Map([...moved].flatMap(([from, [to, another]]) => (to && !another ? [[from, to]] : [])));
}

function hostOf(prefix: string): string {
  const slash = prefix.indexOf('/');
  return slash < 0 ? prefix : prefix.slice(0, slash);
}
