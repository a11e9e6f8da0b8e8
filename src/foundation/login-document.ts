import type { KubeObject } from '../base/object.ts';

/**
 * The registry logins that a Secret holds, as the text of a docker configuration; undefined when it holds none. What the
 * text says is not checked: it may be no JSON at all.
 */
export function loginDocument({ kind, data }: KubeObject): string | undefined {
  if (kind !== 'Secret') return undefined;
  const { '.dockerconfigjson': config, '.dockercfg': older } = data ?? {};
  if (typeof config === 'string') return decoded(config);
  // All of the older form is what the newer one has under `auths`.
  return typeof older === 'string' ? `{"auths":${decoded(older)}}` : undefined;
}

function decoded(encoded: string): string {
  return Buffer.from(encoded, 'base64').toString();
}
