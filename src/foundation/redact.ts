import type { Json, JsonObject, KubeObject } from '../base/object.ts';
import type { KindDescriptor } from './descriptor.ts';
import { replace } from './path.ts';

/** What stands in place of a value, whatever its length was. */
const MARKER = '<redacted>';
const ENCODED = Buffer.from(MARKER).toString('base64');

/** Where whole values are taken out, of whatever kind the object is. */
const VALUES = [
  // What was applied last, as a whole.
  'metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"]',
  'metadata.annotations["kapp.k14s.io/original"*]',
  // Files that an App brings along.
  ...['spec.fetch[].inline', 'spec.template[].ytt.inline', 'spec.fetch.inline'].map(
    inline => `${inline}.paths`,
  ),
  'spec.env[].value',
  'spec.build.env[].value',
];
/** Fields that hold a secret by their name, where they hold a text; names of Secrets and of keys in them are none. */
const SECRET_FIELD = /(password|passphrase|passwd|token|credentials?|api_?key|private_?key|client_?secret)$/i;
/** `user:password@` or `user@` in a URL. */
const USER_IN_URL = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi;

/**
 * A copy without anything that is secret, or could be: values of Secrets and ConfigMaps, what stands in annotations
 * that repeat objects, files and environment variables inside of objects, fields with a secret's name, users in URLs.
 * Keys, names, references and status stay, so that it shows how things hang together.
 */
export function redact(descriptor: KindDescriptor, object: KubeObject): KubeObject {
  const copy = scrub(object as Json, '') as KubeObject;
  if (descriptor.secret || descriptor.kind === 'ConfigMap') {
    const value = descriptor.secret ? ENCODED : MARKER;
    for (const field of ['data', 'binaryData']) fill(copy, field, field === 'data' ? value : ENCODED);
    fill(copy, 'stringData', MARKER);
  }
  for (const path of VALUES) replace(copy, path, blank);
  return copy;
}

function fill(object: KubeObject, field: string, value: string): void {
  const map: unknown = object[field];
  if (typeof map !== 'object' || map === null) return;
  object[field] = Object.fromEntries(Object.keys(map).map(key => [key, value]));
}

/** Keys of a map stay. */
function blank(value: Json): Json {
  if (typeof value !== 'object' || value === null) return MARKER;
  return Array.isArray(value)
    ? value.map(blank)
    : Object.fromEntries(Object.entries(value).map(([key, one]) => [key, blank(one)]));
}

/** Copies. */
function scrub(value: Json, field: string): Json {
  if (typeof value === 'string')
    return SECRET_FIELD.test(field) && value !== '' ? MARKER : value.replace(USER_IN_URL, `$1${MARKER}@`);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(one => scrub(one, field));
  const scrubbed: JsonObject = {};
  for (const [key, one] of Object.entries(value)) {
    Object.defineProperty(scrubbed, key, {
      value: scrub(one, key),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return scrubbed;
}
