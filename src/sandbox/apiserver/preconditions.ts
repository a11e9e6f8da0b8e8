import type { KubeObject } from '../../base/object.ts';
import type { Kind } from './kind.ts';
import { badRequest, conflict, invalid } from './status-error.ts';

/** What an object must still be for a DELETE to be meant. */
export interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/**
 * A change is to the object it was made for.
 *
 * @throws StatusError 400 for another name, 422 for another UID, 409 for another resourceVersion.
 */
export function checkIdentity(sent: KubeObject, current: KubeObject, kind: Kind): void {
  const { name, uid, resourceVersion } = sent.metadata;
  if (name !== current.metadata.name) {
    const expected = current.metadata.name;
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${expected})`);
  }
  if (uid !== undefined && uid !== current.metadata.uid) {
    throw invalid(kind, name, 'metadata.uid', `Invalid value: ${JSON.stringify(uid)}: field is immutable`);
  }
  // A patch that names no resourceVersion carries the current one along.
  if (resourceVersion && resourceVersion !== current.metadata.resourceVersion) throw conflict(kind, name);
}

/**
 * What a replacement, unlike a patch, must say.
 *
 * @throws StatusError 409 for another object's UID, 422 for a custom resource without resourceVersion.
 */
export function checkReplacement(sent: unknown, current: KubeObject | undefined, kind: Kind): void {
  const { metadata = {} } = (sent ?? {}) as { metadata?: Preconditions };
  const name = current?.metadata.name ?? '';
  if (current !== undefined && metadata.uid !== undefined && metadata.uid !== current.metadata.uid) {
    const ids = `UID in precondition: ${metadata.uid}, UID in object meta: ${current.metadata.uid}`;
    throw conflict(kind, name, `Precondition failed: ${ids}`);
  }
  if (kind.custom && !metadata.resourceVersion) {
    throw invalid(
      kind,
      name,
      'metadata.resourceVersion',
      'Invalid value: 0x0: must be specified for an update',
    );
  }
}

/** @throws StatusError 409 */
export function checkPreconditions(object: KubeObject, kind: Kind, preconditions: Preconditions): void {
  const labels = { uid: 'UID', resourceVersion: 'ResourceVersion' } as const;
  for (const field of ['uid', 'resourceVersion'] as const) {
    const wanted = preconditions[field];
    const found = object.metadata[field];
    if (wanted === undefined || wanted === found) continue;
    const label = labels[field];
    const why = `the ${label} in the precondition (${wanted}) does not match the ${label} in record (${found}). The object might have been deleted and then recreated`;
    throw conflict(kind, object.metadata.name, why);
  }
}
