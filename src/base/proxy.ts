import { BlockList, isIP } from 'node:net';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for a server: one that is said for it, else HTTPS_PROXY or HTTP_PROXY unless NO_PROXY exempts the host, by
 * the rules of Go's net/http, which kubectl, docker and skopeo follow.
 *
 * @param said the kubeconfig's `proxy-url`; registries have none.
 */
export function proxyFor(server: URL, said: string | undefined, env: Environment): string | undefined {
  if (said) return said;
  const variable = server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = env[variable] || env[variable.toLowerCase()];
  if (!proxy || isExempt(server, env.NO_PROXY || env.no_proxy || '')) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

/** Loopback never goes through a proxy; the list names hosts, `.domains`, addresses and networks, or `*`. */
function isExempt(server: URL, list: string): boolean {
  const host = server.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = server.port || (server.protocol === 'https:' ? '443' : '80');
  if (host === 'localhost' || host.endsWith('.localhost') || isLoopback(host)) return true;
  return list
    .split(',')
    .map(pattern => pattern.trim().toLowerCase())
    .some(pattern => pattern !== '' && matches(pattern, host, port));
}

function matches(pattern: string, host: string, port: string): boolean {
  if (pattern === '*') return true;
  if (isIP(host) && pattern.includes('/')) return inNetwork(pattern, host);
  const [, name = '', wanted] = /^(.*?)(?::(\d+))?$/.exec(isIP(pattern) === 6 ? `${pattern}` : pattern) ?? [];
  const bare = isIP(pattern) ? pattern : name;
  if (!isIP(pattern) && wanted !== undefined && wanted !== port) return false;
  const suffix = bare.replace(/^\*?\./, '.');
  return suffix.startsWith('.') ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`);
}

function isLoopback(host: string): boolean {
  return host === '::1' || inNetwork('127.0.0.0/8', host);
}

function inNetwork(network: string, address: string): boolean {
  const [base = '', bits = ''] = network.split('/');
  const family = isIP(base);
  if (
    family === 0 ||
    family !== isIP(address) ||
    !/^\d+$/.test(bits) ||
    Number(bits) > (family === 4 ? 32 : 128)
  ) {
    return false;
  }
  const list = new BlockList();
  list.addSubnet(base, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return list.check(address, family === 4 ? 'ipv4' : 'ipv6');
}
