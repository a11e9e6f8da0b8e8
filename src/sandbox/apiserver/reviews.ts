import type { Access, Attributes, User } from './access.ts';
import { isObject } from './json.ts';

/** Resources that are questions: nothing is stored, the answer is in what comes back. */
const REVIEWS: Record<string, (body: Record<string, unknown>, user: User, access: Access) => object> = {
  '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews': reviewAccess,
  '/apis/authentication.k8s.io/v1/selfsubjectreviews': reviewSubject,
};

/** The answer to a review that is POSTed there; undefined when it is no review's path. */
export function review(path: string, body: unknown, user: User, access: Access): object | undefined {
  return REVIEWS[path]?.(isObject(body) ? body : {}, user, access);
}

function reviewAccess(body: Record<string, unknown>, user: User, access: Access): object {
  const spec = isObject(body.spec) ? body.spec : {};
  const { resourceAttributes, nonResourceAttributes } = spec;
  const attributes = {
    verb: '',
    ...((resourceAttributes ?? nonResourceAttributes) as object | undefined),
  } as Attributes;
  return { ...body, metadata: {}, status: { allowed: access.allows(user, attributes) } };
}

function reviewSubject(body: Record<string, unknown>, user: User): object {
  return { ...body, metadata: {}, status: { userInfo: { username: user.name, groups: user.groups ?? [] } } };
}
