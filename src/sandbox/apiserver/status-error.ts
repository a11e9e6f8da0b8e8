import type { Json, JsonObject } from '../../base/object.ts';
import { type Kind, resourceName } from './kind.ts';

/** A refusal as the API gives it: an HTTP status with a Status document. */
export class StatusError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: JsonObject;

  constructor(code: number, reason: string, message: string, details: JsonObject = {}) {
    super(message);
    this.name = 'StatusError';
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  toJSON(): JsonObject {
    const { code, reason, message, details } = this;
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason !== '' && { reason }),
      ...(Object.keys(details).length > 0 && { details }),
      code,
    };
  }
}

export function notFound(kind: Kind, name: string): StatusError {
  return new StatusError(
    404,
    'NotFound',
    `${resourceName(kind)} ${JSON.stringify(name)} not found`,
    about(kind, name),
  );
}

/** No such URL: another message than a missing object's, and no details. */
export function noSuchResource(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource');
}

export function alreadyExists(kind: Kind, name: string): StatusError {
  const message = `${resourceName(kind)} ${JSON.stringify(name)} already exists`;
  return new StatusError(409, 'AlreadyExists', message, about(kind, name));
}

const MODIFIED =
  'the object has been modified; please apply your changes to the latest version and try again';

export function conflict(kind: Kind, name: string, why = MODIFIED): StatusError {
  const message = `Operation cannot be fulfilled on ${resourceName(kind)} ${JSON.stringify(name)}: ${why}`;
  return new StatusError(409, 'Conflict', message, about(kind, name));
}

/** `field: why`, as in `metadata.name: Required value: name or generateName is required`. */
export function invalid(kind: Kind, name: string, field: string, why: string): StatusError {
  const subject = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  const message = `${subject} ${JSON.stringify(name)} is invalid: ${field}: ${why}`;
  const causes: Json = [{ reason: 'FieldValueInvalid', message: why, field }];
  return new StatusError(422, 'Invalid', message, { ...about(kind, name), kind: kind.kind, causes });
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}

/** Nothing new comes into a namespace that is going away. */
export function namespaceTerminating(kind: Kind, namespace: string): StatusError {
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const message = `namespace ${namespace} is being terminated`;
  const causes: Json = [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }];
  return new StatusError(403, 'Forbidden', `${resourceName(kind)} is forbidden: ${why}`, {
    kind: kind.plural,
    causes,
  });
}

/** A list's page that is asked for when its snapshot is gone. */
export function expired(): StatusError {
  const message =
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.';
  return new StatusError(410, 'Expired', message);
}

function about(kind: Kind, name: string): JsonObject {
  return { name, ...(kind.group !== '' && { group: kind.group }), kind: kind.plural };
}
