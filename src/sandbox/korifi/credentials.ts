import type { JsonObject, KubeObject } from '../../base/object.ts';

const KEY = 'credentials';

/** The document in a Secret of later Korifi; undefined for flat keys and whatever else it cannot read. */
export function credentialsOf(secret: KubeObject): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(secret.data?.[KEY] ?? '', 'base64').toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The `data` of a Secret with this document. */
export function credentialsData(credentials: object): Record<string, string> {
  return { [KEY]: Buffer.from(JSON.stringify(credentials)).toString('base64') };
}

/** The same values as flat keys, as they are mounted. */
export function mountedData(credentials: JsonObject, type: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries({ type, ...credentials }).map(([key, value]) => {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      return [key, Buffer.from(text).toString('base64')];
    }),
  );
}
