import type { JsonObject, KubeObject } from '../base/object.ts';
import type { ImageMap } from '../foundation/image-map.ts';
import { rewriteValues } from '../foundation/values.ts';

/** Where a Secret keeps registry logins: the key of its data, and the member of the document that is by registry. */
const DOCUMENTS: Readonly<Record<string, { readonly key: string; readonly member?: string }>> = {
  'kubernetes.io/dockerconfigjson': { key: '.dockerconfigjson', member: 'auths' },
  'kubernetes.io/dockercfg': { key: '.dockercfg' },
};

/**
 * Renames registries in a Secret of registry logins as images move: a login is for a registry by its name. The
 * credentials stay. A document that is not what its type says is somebody's broken Secret, and stays as it is.
 */
export function rewriteLogins(secret: KubeObject, images: ImageMap): void {
  const { key = '', member } = DOCUMENTS[secret.type] ?? {};
  const encoded: unknown = secret.data?.[key];
  if (typeof encoded !== 'string') return;
  const document = parse(Buffer.from(encoded, 'base64').toString());
  const logins = member === undefined ? document : document?.[member];
  if (document === undefined || !isMap(logins)) return;
  const renamed = Object.entries(logins).map(
    ([name, login]) => [rewriteValues(name, images), login] as const,
  );
  if (renamed.every(([name]) => name in logins)) return;
  const moved = Object.fromEntries(renamed);
  const written = member === undefined ? moved : { ...document, [member]: moved };
  secret.data[key] = Buffer.from(JSON.stringify(written)).toString('base64');
}

function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isMap(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isMap(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
