import type { Repository } from './reference.ts';

/** How to log in at a registry. Never part of a message. */
export type Credential =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  /** An OAuth2 refresh token, which `docker login` keeps for registries with a single sign-on. */
  | { readonly kind: 'identity-token'; readonly token: string; readonly username?: string }
  /** A bearer token to be sent as it is. */
  | { readonly kind: 'registry-token'; readonly token: string };

/** Where logins come from. */
export interface CredentialSource {
  /**
   * The login for a repository; undefined means to come without one.
   * @param refused how many logins of this repository have been refused: the one after them is wanted
   * @throws Failure `usage` for a broken configuration
   */
  for(repository: Repository, refused?: number): Promise<Credential | undefined>;
}

/** For registries that let anybody in. */
export const ANONYMOUS: CredentialSource = { for: async () => undefined };
