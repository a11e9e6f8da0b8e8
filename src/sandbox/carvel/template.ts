import { load, loadAll } from 'js-yaml';
import type { JsonObject, KubeObject } from '../../base/object.ts';

/** `(@= data.values.a.b @)`, ytt's text templates: the one form of templating that the sandbox's packages use. */
const EXPRESSION = /\(@= data\.values\.([\w.]+) @\)/g;

/** The documents in a package's files with the values put in. */
export function template(texts: readonly string[], values: JsonObject): KubeObject[] {
  return texts.flatMap(text => {
    const filled = text.replaceAll(EXPRESSION, (_, path: string) => lookUp(values, path));
    return (loadAll(filled) as (KubeObject | null)[]).filter(document => document !== null);
  });
}

/** @throws Error as ytt says it */
function lookUp(values: JsonObject, path: string): string {
  const value = path
    .split('.')
    .reduce<unknown>((at, field) => (at as JsonObject | undefined)?.[field], values);
  if (value === undefined)
    throw new Error(`ytt: Error: struct has no .${path.split('.').at(-1)} field or method`);
  return String(value);
}

/** Data values from the keys of Secrets, later ones over earlier ones at the top level. */
export function valuesOf(secrets: readonly KubeObject[]): JsonObject {
  const texts = secrets.flatMap(({ data }) => Object.values<string>(data ?? {}));
  const documents = texts.map(text => load(Buffer.from(text, 'base64').toString()) as JsonObject | undefined);
  return Object.assign({}, ...documents);
}
