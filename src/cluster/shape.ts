import { ApiFailure } from './cluster.ts';

/** A mapping that came from a server, of which nothing is known yet. */
export type Fields = Record<string, unknown>;

/** Whether it is a mapping. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as a mapping; an empty one when it is none. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/** The value as a list of mappings; what is none is left out. */
export function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

/** The value as text; empty when it is none. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The server said 200 and sent something else than its API promises. */
export function malformed(what: string, subject: string): ApiFailure {
  return new ApiFailure(200, 'Malformed', `the server sent ${what}`, { subject });
}
