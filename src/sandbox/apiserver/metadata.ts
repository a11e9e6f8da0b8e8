import { randomBytes, randomUUID } from 'node:crypto';
import type { KubeObject, ObjectMeta } from '../../base/object.ts';
import { isObject } from './json.ts';
import type { Kind } from './kind.ts';
import { badRequest, invalid, StatusError } from './status-error.ts';

/** RFC 1123 subdomain, which names are; those of RBAC may be any one path segment. */
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const BAD_SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";

/** Fields of metadata that only the server sets. */
const SERVERS = [
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
] as const;

/** Now, as timestamps in metadata are: whole seconds. */
export function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}

/**
 * The body of a write as an object of the kind, or what the server answers to something else.
 *
 * @throws StatusError 400 when it is of another kind or namespace.
 */
export function objectOf(
  body: unknown,
  kind: Kind,
  version: string,
  namespace: string | undefined,
): KubeObject {
  if (!isObject(body)) throw badRequest('the object provided is unrecognized: it is no JSON object');
  const wanted = kind.group === '' ? version : `${kind.group}/${version}`;
  if ((body.kind ?? kind.kind) !== kind.kind || (body.apiVersion ?? wanted) !== wanted) {
    const sent = `${String(body.apiVersion)}, Kind=${String(body.kind)}`;
    throw badRequest(
      `the API version in the data (${sent}) does not match the expected one (${wanted}, Kind=${kind.kind})`,
    );
  }
  const metadata = isObject(body.metadata) ? (body.metadata as unknown as ObjectMeta) : { name: '' };
  if (kind.namespaced && (metadata.namespace ?? namespace) !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  const {
    namespace: _,
    managedFields: __,
    selfLink: ___,
    ...rest
  } = metadata as ObjectMeta & { selfLink?: string };
  const meta = {
    ...rest,
    name: metadata.name ?? '',
    ...(kind.namespaced && namespace !== undefined && { namespace }),
  };
  return { ...body, apiVersion: wanted, kind: kind.kind, metadata: meta };
}

/** What the server itself writes into a new object's metadata. */
export function newMetadata(sent: ObjectMeta, kind: Kind): ObjectMeta {
  if (sent.resourceVersion) {
    throw new StatusError(500, 'InternalError', 'resourceVersion should not be set on objects to be created');
  }
  const { generateName } = sent as { generateName?: string };
  const name =
    sent.name || (generateName ? `${generateName}${randomBytes(3).toString('hex').slice(0, 5)}` : '');
  const metadata: ObjectMeta = { ...sent, name };
  for (const field of [...SERVERS, 'resourceVersion'] as const) delete metadata[field as keyof ObjectMeta];
  return {
    ...metadata,
    uid: randomUUID(),
    creationTimestamp: now(),
    ...(kind.generations && { generation: 1 }),
  };
}

/** A written object's metadata with all that only the server sets as it was. */
export function keptMetadata(sent: ObjectMeta, current: ObjectMeta): ObjectMeta {
  const metadata: Record<string, unknown> = { ...sent };
  for (const field of SERVERS) {
    const value = (current as unknown as Record<string, unknown>)[field];
    if (value === undefined) delete metadata[field];
    else metadata[field] = value;
  }
  return metadata as unknown as ObjectMeta;
}

/** @throws StatusError 422 when the name, labels, owners or finalizers are not what they may be. */
export function checkMetadata(object: KubeObject, kind: Kind): void {
  const { metadata } = object;
  const fail = (field: string, why: string) => invalid(kind, metadata.name, `metadata.${field}`, why);
  if (metadata.name === '') throw fail('name', 'Required value: name or generateName is required');
  if (!isName(metadata.name, kind))
    throw fail('name', `Invalid value: ${JSON.stringify(metadata.name)}: ${BAD_SUBDOMAIN}`);
  for (const field of ['labels', 'annotations'] as const)
    checkTexts(metadata[field], () => fail(field, 'Invalid value'));
  checkOwners(metadata, fail);
}

function isName(name: string, kind: Kind): boolean {
  if (kind.group === 'rbac.authorization.k8s.io') return name !== '.' && name !== '..' && !/[/%]/.test(name);
  const pattern = ['Namespace', 'Service'].includes(kind.kind) && !kind.custom ? LABEL : SUBDOMAIN;
  return pattern.test(name) && name.length <= (pattern === LABEL ? 63 : 253);
}

function checkTexts(map: unknown, fail: () => StatusError): void {
  if (map === undefined || map === null) return;
  if (!isObject(map) || Object.values(map).some(value => typeof value !== 'string')) throw fail();
}

function checkOwners(metadata: ObjectMeta, fail: (field: string, why: string) => StatusError): void {
  const owners = metadata.ownerReferences ?? [];
  for (const [index, owner] of owners.entries()) {
    for (const field of ['apiVersion', 'kind', 'name', 'uid'] as const) {
      if (!owner[field])
        throw fail(`ownerReferences[${index}].${field}`, 'Invalid value: "": must not be empty');
    }
  }
  if (owners.filter(({ controller }) => controller === true).length > 1) {
    throw fail('ownerReferences', 'Invalid value: Only one reference can have Controller set to true');
  }
}

/** @throws StatusError 422 when an object that is being deleted is to get new finalizers. */
export function checkFinalizers(next: ObjectMeta, current: ObjectMeta, kind: Kind): void {
  if (current.deletionTimestamp === undefined) return;
  const added = (next.finalizers ?? []).filter(finalizer => !current.finalizers?.includes(finalizer));
  if (added.length === 0) return;
  const why = `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers ${JSON.stringify(added)}`;
  throw invalid(kind, next.name, 'metadata.finalizers', why);
}
