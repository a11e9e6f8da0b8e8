import { isIPv6 } from 'node:net';
import { type Digest, isDigest } from '../base/digest.ts';
import { Failure } from '../base/errors.ts';

/** A repository at a registry, normalised: `docker.io` names are spelled out, the host is lower case. */
export interface Repository {
  /** `host[:port]` as requests go to it and as credentials are looked up: `index.docker.io` for Docker Hub. */
  readonly registry: string;
  /** `library/ubuntu` */
  readonly path: string;
}

/** An image at a repository: by tag, by digest, by both (the digest decides), or by neither (`latest`). */
export interface Reference extends Repository {
  readonly tag?: string;
  readonly digest?: Digest;
}

/** The name under which Docker Hub answers; its other names are the same place. */
export const DOCKER_HUB = 'index.docker.io';
const DOCKER_HUB_NAMES = new Set(['docker.io', DOCKER_HUB, 'registry-1.docker.io']);

const COMPONENT = '[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*';
/** Grammar of distribution/reference; each expression matches as much of its part as is right. */
const GRAMMAR = {
  host: /^(?:[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?)*|\[[0-9a-f:.]+\])(?::\d{1,5})?/i,
  path: new RegExp(`^${COMPONENT}(?:/${COMPONENT})*`),
  tag: /^\w[\w.-]{0,127}/,
} as const;
const PATH_LENGTH = 255;

/**
 * Reads an image reference as docker does: `ubuntu`, `localhost:5000/a/b:v1`, `[::1]:5000/a@sha256:…`.
 * @throws Failure `usage` that points at the first character that cannot stand where it stands.
 */
export function parseReference(text: string): Reference {
  const at = text.indexOf('@');
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(':');
  const tagged = colon > named.lastIndexOf('/') && !isHostOnly(named);
  const repository = readRepository(text, tagged ? named.slice(0, colon) : named);
  if (tagged) match('tag', text, named, colon + 1);
  const tag = tagged ? { tag: named.slice(colon + 1) } : {};
  return { ...repository, ...tag, ...(at < 0 ? {} : { digest: readDigest(text, at + 1) }) };
}

/**
 * Reads a repository: a reference without tag and digest.
 * @throws Failure `usage` as {@link parseReference}, also when there is a tag or digest.
 */
export function parseRepository(text: string): Repository {
  return readRepository(text, text);
}

/** `host/path`. */
export function showRepository({ registry, path }: Repository): string {
  return `${registry}/${path}`;
}

/** The reference with everything spelled out; {@link parseReference} reads it back as the same. */
export function showReference(reference: Reference): string {
  const { tag, digest } = reference;
  return `${showRepository(reference)}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** The repository of a reference, without tag and digest. */
export function repositoryOf({ registry, path }: Repository): Repository {
  return { registry, path };
}

/** Whether untrusted text is a tag (distribution-spec). */
export function isTag(text: string): boolean {
  return GRAMMAR.tag.exec(text)?.[0] === text;
}

/** Docker Hub's many names as one, everything else in lower case. */
export function normaliseHost(host: string): string {
  const lower = host.toLowerCase();
  return DOCKER_HUB_NAMES.has(lower) ? DOCKER_HUB : lower;
}

function readRepository(text: string, named: string): Repository {
  const slash = named.indexOf('/');
  const first = named.slice(0, Math.max(slash, 0));
  const host = isHost(first) ? first : '';
  const start = host === '' ? 0 : slash + 1;
  if (host !== '') checkHost(text, host);
  match('path', text, named, start);
  const path = named.slice(start);
  if (path.length > PATH_LENGTH)
    throw refused(text, start + PATH_LENGTH, `a path has ${PATH_LENGTH} at most`);
  const registry = normaliseHost(host === '' ? DOCKER_HUB : host);
  return { registry, path: registry === DOCKER_HUB && !path.includes('/') ? `library/${path}` : path };
}

/**
 * Docker's rule: the part before the first slash is a host when it has a dot or a port, or is `localhost`. A capital
 * letter, which makes one for docker too, is refused: in lower case, as hosts are, it would be a path at Docker Hub.
 */
function isHost(first: string): boolean {
  return first === 'localhost' || /[.:[]/.test(first);
}

/** `[::1]:5000`: an address whose last colon is no tag's. */
function isHostOnly(named: string): boolean {
  return named.startsWith('[') && !named.includes('/');
}

function checkHost(text: string, host: string): void {
  match('host', text, host, 0);
  const bracket = host.indexOf(']');
  if (bracket > 0 && !isIPv6(host.slice(1, bracket))) throw refused(text, 1, 'no IPv6 address');
  const port = /:(\d+)$/.exec(host.slice(bracket + 1));
  if (port && Number(port[1]) > 65535) throw refused(text, host.length - 1, 'a port is 65535 at most');
}

function readDigest(text: string, start: number): Digest {
  const digest = text.slice(start);
  if (isDigest(digest)) return digest;
  const known = /^sha(?:256|512):[0-9a-f]*/.exec(digest);
  throw refused(text, start + (known?.[0].length ?? 0), 'expected sha256:<64 hex> or sha512:<128 hex>');
}

const EXPECTED = {
  host: 'a host takes letters, digits, dots and dashes, then a port',
  path: 'a repository takes lower-case letters and digits, parted by one of . _ __ - or /',
  tag: 'a tag takes up to 128 letters, digits, dots, dashes and underscores',
} as const;

/** Checks that `part` from `start` to its end is what the grammar says. */
function match(rule: keyof typeof GRAMMAR, text: string, part: string, start: number): void {
  const end = start + (GRAMMAR[rule].exec(part.slice(start))?.[0].length ?? 0);
  if (end === start || end < part.length) throw refused(text, end, EXPECTED[rule]);
}

function refused(text: string, at: number, expected: string): Failure {
  const found = at < text.length ? `${JSON.stringify(text[at])} at character ${at + 1}` : 'its end';
  const scheme = /^[a-z]+:\/\//i.exec(text)?.[0];
  return new Failure('usage', `not an image reference, because of ${found}: ${expected}`, {
    subject: text.slice(0, 300),
    hints: scheme === undefined ? [] : [`leave out ${scheme}`],
  });
}
