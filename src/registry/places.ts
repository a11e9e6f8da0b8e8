import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { Failure } from '../base/errors.ts';

/** Where an address leads: to this machine, to this network segment (where clouds keep their metadata), or elsewhere. */
type Place = 'loopback' | 'link-local' | 'elsewhere';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addSubnet('0.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');
LOOPBACK.addAddress('::', 'ipv6');
const LINK_LOCAL = new BlockList();
LINK_LOCAL.addSubnet('169.254.0.0', 16, 'ipv4');
LINK_LOCAL.addSubnet('fe80::', 10, 'ipv6');
// Metadata services that are not at link-local addresses, and answer machines of their cloud only.
LINK_LOCAL.addAddress('fd00:ec2::254', 'ipv6');
LINK_LOCAL.addAddress('100.100.100.200', 'ipv4');

/** Whether a host is this machine by its very name, without asking the name service. */
export function isLoopbackName(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return bare === 'localhost' || bare.endsWith('.localhost') || placeOfAddress(bare) === 'loopback';
}

/** The place of a host name or address; one that the name service does not know is elsewhere, if anywhere. */
async function placeOf(hostname: string): Promise<Place> {
  const bare = hostname.replace(/^\[|\]$/g, '');
  if (isLoopbackName(bare)) return 'loopback';
  if (isIP(bare) !== 0) return placeOfAddress(bare);
  const addresses = await lookup(bare, { all: true }).catch(() => []);
  const places = addresses.map(({ address }) => placeOfAddress(address));
  return places.find(place => place !== 'elsewhere') ?? 'elsewhere';
}

function placeOfAddress(address: string): Place {
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
  const place = await placeOf(target.hostname);
  if (place === 'elsewhere' || place === (await placeOf(registry.hostname))) return;
  throw new Failure(
    'registry-error',
    `the registry names a ${place} address as its ${what}: ${target.host}`,
    {
      subject: registry.host,
      hints: ['only a registry that is itself there may do so: ask whoever runs it'],
    },
  );
}
