import type { KubeObject } from '../base/object.ts';

/** Korifi calls the namespaces of orgs and spaces by GUIDs, which had a prefix in earlier versions (its ADRs 12 and 18). */
const ORG_OR_SPACE = /^(?:cf-(?:org|space)-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether an object is where users of a foundation, and not only its operators, make Secrets of their own. */
export function isOfTenants({ metadata: { namespace = '' } }: KubeObject): boolean {
  return ORG_OR_SPACE.test(namespace);
}
