import { lookup } from 'node:dns';
import { lookup as lookUp } from 'node:dns/promises';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Failure } from '../base/errors.ts';

/** Where an address leads: to this machine, to this network segment (where clouds keep their metadata), or elsewhere. */
type Scope = 'loopback' | 'link-local' | 'elsewhere';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addSubnet('0.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');
LOOPBACK.addAddress('::', 'ipv6');
const LINK_LOCAL = new BlockList();
LINK_LOCAL.addSubnet('169.254.0.0', 16, 'ipv4');
LINK_LOCAL.addSubnet('fe80::', 10, 'ipv6');
// Services that are not at link-local addresses, and answer machines of their cloud (AWS, Alibaba, Azure, Oracle) only.
LINK_LOCAL.addAddress('fd00:ec2::254', 'ipv6');
LINK_LOCAL.addAddress('100.100.100.200', 'ipv4');
LINK_LOCAL.addAddress('168.63.129.16', 'ipv4');
LINK_LOCAL.addAddress('192.0.0.192', 'ipv4');
// The same addresses within others (RFC 4291 §2.5.5.1, RFC 6052, RFC 3056); those of RFC 4291 §2.5.5.2 Node knows.
LOOPBACK.addSubnet('::7f00:0', 104, 'ipv6');
LOOPBACK.addSubnet('64:ff9b::7f00:0', 104, 'ipv6');
LOOPBACK.addSubnet('2002:7f00::', 24, 'ipv6');
LINK_LOCAL.addSubnet('::a9fe:0', 112, 'ipv6');
LINK_LOCAL.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6');
LINK_LOCAL.addSubnet('2002:a9fe::', 32, 'ipv6');

/** Whether a host is this machine by its very name, without asking the name service. */
export function isLoopbackName(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return bare === 'localhost' || bare.endsWith('.localhost') || scopeOfAddress(bare) === 'loopback';
}

/** The scope of a host name or address; one that the name service does not know is elsewhere, if anywhere. */
async function scopeOf(hostname: string): Promise<Scope> {
  const bare = hostname.replace(/^\[|\]$/g, '');
  if (isLoopbackName(bare)) return 'loopback';
  if (isIP(bare) !== 0) return scopeOfAddress(bare);
  return scopeOfAll(await lookUp(bare, { all: true }).catch(() => []));
}

function scopeOfAll(addresses: readonly { readonly address: string }[]): Scope {
  const scopes = addresses.map(({ address }) => scopeOfAddress(address));
  return scopes.find(scope => scope !== 'elsewhere') ?? 'elsewhere';
}

export async function isElsewhere(hostname: string): Promise<boolean> {
  return (await scopeOf(hostname)) === 'elsewhere';
}

/**
 * A name lookup for connections to where a registry has sent us: a name may lead elsewhere when it is checked, and back
 * when it is used.
 */
export const lookupElsewhere: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? [];
    if (error !== null || first === undefined) return callback(error, '', 0);
    const scope = scopeOfAll(addresses);
    if (scope !== 'elsewhere') {
      const message = `the registry sends us to ${hostname}, which turns out to be a ${scope} address`;
      return callback(new Failure('registry-error', message, { subject: hostname }), '', 0);
    }
    if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};

function scopeOfAddress(address: string): Scope {
  const family = isIP(address);
  if (family === 0) return 'elsewhere';
  const name = family === 4 ? 'ipv4' : 'ipv6';
  if (LOOPBACK.check(address, name)) return 'loopback';
  return LINK_LOCAL.check(address, name) ? 'link-local' : 'elsewhere';
}

/**
 * Refuses to be led by a registry's answer to this machine or its network segment, unless the registry is there
 * itself: a registry could make us ask services that trust their neighbours.
 * @throws Failure `registry-error`
 */
export async function checkTarget(target: URL, registry: URL, what: string): Promise<void> {
  if (target.hostname === registry.hostname) return;
  if (target.protocol !== 'https:' && target.protocol !== 'http:') {
    throw new Failure(
      'registry-error',
      `the registry sends us to a ${target.protocol} address as its ${what}`,
      {
        subject: registry.host,
      },
    );
  }
  const scope = await scopeOf(target.hostname);
  if (scope === 'elsewhere' || scope === (await scopeOf(registry.hostname))) return;
  throw new Failure(
    'registry-error',
    `the registry names a ${scope} address as its ${what}: ${target.host}`,
    {
      subject: registry.host,
      hints: ['only a registry that is itself there may do so: ask whoever runs it'],
    },
  );
}
