import type { JsonObject, KubeObject } from '../base/object.ts';
import type { ImageMap } from '../foundation/image-map.ts';
import { PLACEHOLDER } from '../foundation/kinds/common.ts';
import { rewriteValues } from '../foundation/values.ts';

/** Where a Secret keeps registry logins: the key of its data, and the member of the document that is by registry. */
const DOCUMENTS: Readonly<Record<string, { readonly key: string; readonly member?: string }>> = {
  'kubernetes.io/dockerconfigjson': { key: '.dockerconfigjson', member: 'auths' },
  'kubernetes.io/dockercfg': { key: '.dockercfg' },
};

/** How to log in at a registry of the target; the person's own login, or one that the target holds already. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/**
 * Moves a Secret's registry logins along with the images. The source's credentials are never offered to another
 * host: where a login for the target's registry is known it takes the old one's place, and where none is known (the
 * registry may well ask for none) the old one stays under its old name. A document that is not what its type says is
 * somebody's broken Secret, and stays as it is. A placeholder holds copies of others, and comes back empty.
 */
export function rewriteLogins(
  secret: KubeObject,
  images: ImageMap,
  logins: ReadonlyMap<string, Login>,
): void {
  const { key = '', member } = DOCUMENTS[secret.type] ?? {};
  if (secret.metadata.annotations?.[PLACEHOLDER] !== undefined && member !== undefined) {
    secret.data = { [key]: Buffer.from('{"auths":{}}').toString('base64') };
  }
  const encoded: unknown = secret.data?.[key];
  if (typeof encoded !== 'string') return;
  const document = parse(Buffer.from(encoded, 'base64').toString());
  const entries = member === undefined ? document : document?.[member];
  if (document === undefined || !isMap(entries)) return;
  const moved = Object.entries(entries).map(([name, entry]) => {
    const renamed = rewriteValues(name, images);
    const login = renamed === name ? undefined : logins.get(hostOf(renamed));
    return login === undefined ? [name, entry] : [renamed, entryOf(login)];
  });
  if (moved.every(([name]) => typeof name === 'string' && name in entries)) return;
  const written = Object.fromEntries(moved);
  const result = member === undefined ? written : { ...document, [member]: written };
  secret.data[key] = Buffer.from(JSON.stringify(result)).toString('base64');
}

/** `host[:port]` of an entry's name, which may be a URL. */
function hostOf(name: string): string {
  return name.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
}

function entryOf({ username, password }: Login): JsonObject {
  return { username, password, auth: Buffer.from(`${username}:${password}`).toString('base64') };
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
