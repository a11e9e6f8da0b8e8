import type { Call } from './call.ts';
import { StatusError } from './status-error.ts';

/** Somebody who may log in with a bearer token. */
export interface User {
  readonly name: string;
  readonly groups?: readonly string[];
  readonly token?: string;
}

/** What somebody wants to do, as in a SubjectAccessReview. */
export interface Attributes {
  readonly verb: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** Of a URL that is no resource's. */
  readonly path?: string;
}

export type Authorizer = (user: User, attributes: Attributes) => boolean;

const ADMIN: User = { name: 'admin', groups: ['system:masters', 'system:authenticated'] };

/** Who is let in, and to what. Without users everybody is the admin; without an authorizer everything is allowed. */
export class Access {
  readonly #users: readonly User[] | undefined;
  readonly #authorize: Authorizer;

  constructor(users: readonly User[] | undefined, authorize: Authorizer = () => true) {
    this.#users = users;
    this.#authorize = authorize;
  }

  /** @throws StatusError 401 */
  authenticate(call: Call): User {
    const user = this.#users === undefined ? ADMIN : this.#users.find(({ token }) => isBearer(call, token));
    if (user === undefined) throw new StatusError(401, 'Unauthorized', 'Unauthorized');
    const name = call.headers['impersonate-user'];
    if (typeof name !== 'string') return user;
    const groups = String(call.headers['impersonate-group'] ?? '')
      .split(', ')
      .filter(group => group !== '');
    return { name, groups: [...groups, 'system:authenticated'] };
  }

  allows(user: User, attributes: Attributes): boolean {
    return this.#authorize(user, attributes);
  }

  /** @throws StatusError 403 */
  check(user: User, attributes: Attributes): void {
    if (!this.allows(user, attributes)) throw forbidden(user, attributes);
  }
}

function isBearer(call: Call, token: string | undefined): boolean {
  return token !== undefined && call.headers.authorization === `Bearer ${token}`;
}

function forbidden(user: User, attributes: Attributes): StatusError {
  const { verb, group = '', resource = '', subresource, namespace, name, path } = attributes;
  const who = `User ${JSON.stringify(user.name)} cannot ${verb}`;
  if (path !== undefined)
    return new StatusError(403, 'Forbidden', `forbidden: ${who} path ${JSON.stringify(path)}`);
  const full = group === '' ? resource : `${resource}.${group}`;
  const subject = name === undefined ? full : `${full} ${JSON.stringify(name)}`;
  const what = `resource ${JSON.stringify(subresource ? `${resource}/${subresource}` : resource)} in API group ${JSON.stringify(group)}`;
  const where =
    namespace === undefined ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  const details = { ...(name !== undefined && { name }), ...(group !== '' && { group }), kind: resource };
  return new StatusError(403, 'Forbidden', `${subject} is forbidden: ${who} ${what} ${where}`, details);
}
