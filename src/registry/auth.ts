import { isDeepStrictEqual } from 'node:util';
import { Failure } from '../base/errors.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import type { Credential, CredentialSource } from './credentials.ts';
import { basic, fetchToken, type Token, type TokenServer, type Wanted } from './token.ts';

/** How often the login of one request is made anew: for a stale token, and for one that another request made stale. */
const RENEWALS = 2;

/** Answers registries' challenges, and remembers how each registry wants to be answered. */
export class Authorizer {
  readonly #credentials: CredentialSource;
  readonly #tokenServer: TokenServer;
  /**
   * By registry, and by what was wanted. A challenge's scope is about one request: asked for on behalf of others, it may
   * be more than a token server grants, and some then grant nothing.
   */
  readonly #challenges = new Map<string, Challenge>();
  readonly #tokens = new Map<string, Token>();
  readonly #fetching = new Map<string, Promise<Token>>();
  /** How many logins have been refused, by registry, repository and kind of access. */
  readonly #refused = new Map<string, number>();

  /** Where no other login may do what is forbidden to the one in use. */
  readonly #noBetter = new Set<string>();

  constructor(credentials: CredentialSource, tokenServer: TokenServer) {
    this.#credentials = credentials;
    this.#tokenServer = tokenServer;
  }

  /** The Authorization header for a request; undefined as long as the registry has not asked for one. */
  async header(wanted: Wanted): Promise<string | undefined> {
    const challenge = this.#challengeFor(wanted);
    if (challenge === undefined) return undefined;
    for (;;) {
      const credential = await this.#credentials.for(wanted.repository, this.#refused.get(placeOf(wanted)));
      if (credential?.kind === 'registry-token') return `Bearer ${credential.token}`;
      if (challenge.scheme === 'basic') return basic(credential);
      try {
        return `Bearer ${(await this.#token(wanted, challenge, credential)).value}`;
      } catch (error) {
        const refused = error instanceof Failure && error.code === 'registry-unauthorized';
        if (!refused || !(await this.#another(wanted, credential))) throw error;
      }
    }
  }

  /**
   * The header after a 401 to a request that carried `used`; undefined when there is none that is worth a try.
   * @param renewals how often the request has been made with a new header
   * @throws Failure `registry-unauthorized` when the registry wants what we cannot give
   */
  async challenged(
    wanted: Wanted,
    header: string,
    used: string | undefined,
    renewals: number,
  ): Promise<string | undefined> {
    const challenges = parseChallenges(header);
    const challenge =
      challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.get('realm')) ??
      challenges.find(({ scheme }) => scheme === 'basic');
    if (challenge === undefined) {
      throw new Failure('registry-unauthorized', 'the registry wants a login of a kind that we do not know', {
        subject: wanted.registry.host,
      });
    }
    this.#challenges.set(keyOf(wanted), challenge);
    this.#challenges.set(wanted.registry.origin, withoutScope(challenge));
    // Another request may have renewed the token meanwhile.
    const current = this.#tokens.get(keyOf(wanted));
    if (current !== undefined && `Bearer ${current.value}` === used) this.#tokens.delete(keyOf(wanted));
    if (renewals >= RENEWALS && !(await this.#next(wanted))) return undefined;
    const renewed = await this.header(wanted);
    if (renewed !== used) return renewed;
    return (await this.#next(wanted)) ? this.header(wanted) : undefined;
  }

  #challengeFor(wanted: Wanted): Challenge | undefined {
    return this.#challenges.get(keyOf(wanted)) ?? this.#challenges.get(wanted.registry.origin);
  }

  /**
   * The headers of the logins after the one in use, for a request that is forbidden to `used`: registries that many share
   * know everybody, and let not everybody in everywhere. Whoever is let in by one prefers it from then on.
   */
  async *others(
    wanted: Wanted,
    used: string | undefined,
  ): AsyncGenerator<{ header: string; prefer(): void }, void> {
    const challenge = this.#challengeFor(wanted);
    const place = placeOf(wanted);
    if (challenge === undefined) return;
    // Another request may have found one meanwhile.
    const now = await this.header(wanted);
    if (now !== undefined && now !== used) yield { header: now, prefer: () => undefined };
    if (this.#noBetter.has(place)) return;
    for (let number = (this.#refused.get(place) ?? 0) + 1; ; number++) {
      const credential = await this.#credentials.for(wanted.repository, number);
      if (credential === undefined) break;
      const header = await this.#headerOf(wanted, challenge, credential);
      const prefer = () => {
        this.#refused.set(place, number);
        this.#tokens.delete(keyOf(wanted));
      };
      if (header !== undefined) yield { header, prefer };
    }
    this.#noBetter.add(place);
  }

  /** Undefined for a login that the token server refuses. */
  async #headerOf(wanted: Wanted, challenge: Challenge, credential: Credential): Promise<string | undefined> {
    if (credential.kind === 'registry-token') return `Bearer ${credential.token}`;
    if (challenge.scheme === 'basic') return basic(credential);
    try {
      return `Bearer ${(await fetchToken(this.#tokenServer, wanted, challenge, credential)).value}`;
    } catch (error) {
      if (error instanceof Failure && error.code === 'registry-unauthorized') return undefined;
      throw error;
    }
  }

  async #next(wanted: Wanted): Promise<boolean> {
    return this.#another(
      wanted,
      await this.#credentials.for(wanted.repository, this.#refused.get(placeOf(wanted))),
    );
  }

  /** Goes on to the login after one that was refused. False when there is none. */
  async #another(wanted: Wanted, refused: Credential | undefined): Promise<boolean> {
    const place = placeOf(wanted);
    const now = await this.#credentials.for(wanted.repository, this.#refused.get(place));
    // Another request may have gone on meanwhile.
    if (!isDeepStrictEqual(now, refused)) return true;
    const next = (this.#refused.get(place) ?? 0) + 1;
    const credential = await this.#credentials.for(wanted.repository, next);
    const isAnother = credential !== undefined && !isDeepStrictEqual(credential, refused);
    if (isAnother) this.#refused.set(place, next);
    return isAnother;
  }

  /** One request to the token server however many wait for the same token. */
  async #token(wanted: Wanted, challenge: Challenge, credential: Credential | undefined): Promise<Token> {
    const key = keyOf(wanted);
    const known = this.#tokens.get(key);
    if (known !== undefined && Date.now() < known.staleAt) return known;
    const under = this.#fetching.get(key);
    if (under !== undefined) return under;
    const fetching = fetchToken(this.#tokenServer, wanted, challenge, credential)
      .then(token => {
        this.#tokens.set(key, token);
        return token;
      })
      .finally(() => this.#fetching.delete(key));
    this.#fetching.set(key, fetching);
    return fetching;
  }
}

function withoutScope({ scheme, parameters }: Challenge): Challenge {
  return { scheme, parameters: new Map([...parameters].filter(([name]) => name !== 'scope')) };
}

/** Somebody may be let in to pull and not to push. */
function placeOf({ repository, scopes }: Wanted): string {
  return [repository.registry, ...scopes].join(' ');
}

function keyOf({ registry, scopes }: Wanted): string {
  return [registry.origin, ...[...scopes].sort()].join(' ');
}
