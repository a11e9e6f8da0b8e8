import type { KubeObject } from '../../base/object.ts';
import { korifi, SECRET } from '../kinds/common.ts';
import type { Conversion } from './conversion.ts';

const CREDENTIALS = 'credentials';

/** User-provided services and bindings from 0.8 to the form of 0.16. */
export const SERVICE_CONVERSIONS: readonly Conversion[] = [
  {
    name: 'service plan',
    since: [0, 15, 0],
    of: korifi('CFServiceInstance'),
    because: 'the API server refuses an instance without spec.planGuid',
    convert({ spec }) {
      spec.planGuid ??= '';
    },
  },
  {
    name: 'service credentials',
    since: [0, 11, 0],
    of: SECRET,
    holds: 'service-credentials',
    because: 'the instance stays SecretInvalid, its bindings and apps are never ready',
    convert: gatherCredentials,
  },
  {
    name: 'binding type',
    since: [0, 14, 0],
    of: korifi('CFServiceBinding'),
    because: 'the API server refuses a binding without spec.type',
    convert({ spec }) {
      spec.type ??= 'app';
    },
  },
  {
    name: 'binding parameters',
    since: [0, 14, 0],
    of: korifi('CFServiceBinding'),
    because: 'the API server refuses a binding without spec.parameters',
    convert({ spec }) {
      spec.parameters ??= {};
    },
  },
];

/** Flat keys, `type` among them, become one key with a JSON object of them all; a Secret's type is immutable later. */
function gatherCredentials(secret: KubeObject): void {
  const data: Record<string, string> = secret.data ?? {};
  const names = Object.keys(data);
  if (names.length === 1 && names[0] === CREDENTIALS && isJsonObject(decode(data[CREDENTIALS]))) return;
  const values = Object.fromEntries(names.map(name => [name, decode(data[name])]));
  secret.data = { [CREDENTIALS]: Buffer.from(JSON.stringify(values)).toString('base64') };
  secret.type = 'Opaque';
}

function decode(encoded: string | undefined): string {
  return Buffer.from(encoded ?? '', 'base64').toString();
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
