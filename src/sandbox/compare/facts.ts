import type { KubeObject } from '../../base/object.ts';
import { fingerprint } from './view.ts';

/** Labels and annotations that users made. */
export function labelsOf({ metadata }: KubeObject): string {
  const all = { ...metadata.labels, ...metadata.annotations };
  const users = Object.entries(all).filter(([key]) => !key.includes('/'));
  return users
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(', ');
}

/** A Secret's keys, and what tells its values apart without telling them. */
export function dataOf(secret: KubeObject | undefined, normalise = (text: string) => text): string {
  if (secret === undefined) return 'none';
  const entries = Object.entries<string>(secret.data ?? {});
  const shown = entries.map(([key, value]) => {
    return `${key}=${fingerprint(normalise(Buffer.from(value, 'base64').toString()))}`;
  });
  return shown.sort().join(', ');
}
