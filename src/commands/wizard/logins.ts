import { Failure, reasonOf } from '../../base/errors.ts';
import type { KubeObject } from '../../base/object.ts';
import { ImageMap, type MapRule } from '../../foundation/image-map.ts';
import { loginDocument } from '../../foundation/login-document.ts';
import { plural } from '../../progress/format.ts';
import { findLogin, parseAuthDocument } from '../../registry/auth-document.ts';
import { normaliseHost, type Repository } from '../../registry/reference.ts';
import type { Login } from '../../restore/logins.ts';
import type { LoginAt } from '../../restore/mapping.ts';
import type { PlaceCheck, Rule, TargetFacts } from '../../ui/wizard/port.ts';
import { type PullSecretRule, parsePullSecretRule } from '../from-flags/pull-secrets.ts';

/** The registry logins that Secrets of an archive hold. */
export class ArchiveLogins {
  /** Docker configurations, as text. */
  readonly documents: string[] = [];
  /** How many Secrets have a login for a host. */
  readonly #hosts = new Map<string, number>();

  see(secret: KubeObject): void {
    const text = loginDocument(secret);
    if (text === undefined) return;
    this.documents.push(text);
    for (const host of hostsOf(text)) this.#hosts.set(host, (this.#hosts.get(host) ?? 0) + 1);
  }

  secretsFor(host: string): number {
    return this.#hosts.get(host) ?? 0;
  }
}

/**
 * A line for each registry of which images may move and pull secrets have a login. The Secret with which the target's
 * Korifi pulls is suggested where it has a login for the place that is suggested.
 */
export function loginPlaces(
  logins: ArchiveLogins,
  registries: readonly MapRule[],
  given: readonly PullSecretRule[],
  own: { readonly secret: string; readonly documents: readonly string[] } | undefined,
): TargetFacts['places'] {
  const targets = Map.groupBy(registries, ({ from }) => normaliseHost(hostOf(from)));
  return [...targets].flatMap(([host, rules]) => {
    const secrets = logins.secretsFor(host);
    if (secrets === 0) return [];
    const said = given.find(({ from }) => from === host);
    const place = hostOf(rules.find(({ to }) => to !== '')?.to ?? '');
    const suggested = own?.documents.some(text => hasLogin(text, place)) ? own.secret : '';
    const to = said === undefined ? suggested : `${said.namespace}/${said.name}`;
    return [{ what: 'login' as const, from: host, to, uses: plural(secrets, 'pull secret') }];
  });
}

/** What a login is tried with. */
interface LoginTrial {
  readonly rules: readonly Rule[];
  /** Where images go by all that is known. */
  readonly images: readonly MapRule[];
  /** Without a word: the person's, or Korifi's own. */
  readonly loginAt: LoginAt;
  readonly loginIn: (rule: PullSecretRule, registry: string) => Promise<Login>;
  /** @throws Failure where the registry does not take the login, or does ask for one */
  readonly tryLogin: (registry: string, login: Login | undefined) => Promise<void>;
}

/** Whether each login is there, and whether the registry that it is for takes it. */
export function checkLogins(
  places: TargetFacts['places'],
  { rules, images, loginAt, loginIn, tryLogin }: LoginTrial,
): Promise<PlaceCheck[]> {
  const prefixes = new ImageMap(images).prefixes;
  const isOpen = (registry: string) =>
    tryLogin(registry, undefined).then(
      () => true,
      () => false,
    );
  const check = async (from: string): Promise<Omit<PlaceCheck, 'what' | 'from'>> => {
    const registry = hostOf(prefixes.find(rule => hostOf(rule.from) === from)?.to ?? '');
    if (registry === '') return { text: 'no image of it moves, so the logins stay', sort: 'noted' };
    const said = rules.find(rule => rule.what === 'login' && rule.from === from)?.to;
    try {
      const login =
        said === undefined
          ? await loginAt(registry, [])
          : await loginIn(parsePullSecretRule(`${from}=${said}`), registry);
      if (login === undefined && (await isOpen(registry))) {
        const text = `${registry} asks for no login; pull secrets keep the one for ${from}`;
        return { text, sort: 'noted' };
      }
      if (login === undefined) {
        const text = `no login is known for ${registry}: pull secrets keep the one for ${from}`;
        const hint = 'name a Secret of the target that has one, as NAMESPACE/NAME, or press Enter once more';
        return { text, sort: 'doubtful', hint };
      }
      await tryLogin(registry, login);
      return { text: `${login.username} may log in at ${registry}`, sort: 'right' };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const [hint] = error.hints;
      const subject = error.subject === undefined ? '' : `${error.subject}: `;
      return { text: `${subject}${reasonOf(error)}`, sort: 'wrong', ...(hint !== undefined && { hint }) };
    }
  };
  const logins = places.filter(({ what }) => what === 'login');
  return Promise.all(logins.map(async ({ from }) => ({ what: 'login', from, ...(await check(from)) })));
}

/** Where a login is tried: whether there is such an image does not matter. */
export function anywhereIn(registry: string): Repository & { readonly tag: string } {
  return { registry, path: 'library/hello-world', tag: 'latest' };
}

function hasLogin(text: string, registry: string): boolean {
  try {
    return findLogin(parseAuthDocument(JSON.parse(text), ''), { registry, path: '' }) !== undefined;
  } catch {
    // Somebody's broken Secret.
    return false;
  }
}

function hostsOf(text: string): Set<string> {
  try {
    const keys = Object.keys(JSON.parse(text)?.auths ?? {});
    return new Set(keys.map(key => normaliseHost(hostOf(key.replace(/^https?:\/\//, '')))));
  } catch {
    // Somebody's broken Secret stays as it is.
    return new Set();
  }
}

function hostOf(prefix: string): string {
  return prefix.replace(/\/.*$/, '');
}
