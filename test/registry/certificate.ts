import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

interface CertificateOptions {
  /** Days from now between which it is valid. */
  readonly valid?: readonly [from: number, to: number];
  /** For another address than 127.0.0.1, and another name than localhost. */
  readonly isElsewhere?: boolean;
}

/** A certificate for 127.0.0.1 and localhost that is its own authority, with its key, as PEM. */
export function selfSigned({ valid: [from, to] = [-1, 30], isElsewhere = false }: CertificateOptions = {}): {
  cert: string;
  key: string;
} {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(oid('2a8648ce3d040302'));
  const name = sequence(tlv(0x31, sequence(oid('550403'), tlv(0x0c, Buffer.from('test registry')))));
  const validity = sequence(time(from), time(to));
  const [host, address] = isElsewhere
    ? ['other.example.com', [198, 51, 100, 7]]
    : ['localhost', [127, 0, 0, 1]];
  const names = sequence(tlv(0x82, Buffer.from(host)), tlv(0x87, Buffer.from(address)));
  const extensions = sequence(
    sequence(oid('551d11'), tlv(0x04, names)),
    sequence(
      oid('551d13'),
      tlv(0x01, Buffer.from([0xff])),
      tlv(0x04, sequence(tlv(0x01, Buffer.from([0xff])))),
    ),
  );
  const content = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, extensions),
  );
  const signature = tlv(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', content, privateKey)]));
  const der = sequence(content, algorithm, signature).toString('base64');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${der.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function sequence(...parts: Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(parts));
}

function oid(hex: string): Buffer {
  return tlv(0x06, Buffer.from(hex, 'hex'));
}

function time(days: number): Buffer {
  const text = new Date(Date.now() + days * 86_400_000).toISOString();
  return tlv(0x18, Buffer.from(`${text.slice(0, 19).replace(/[-:T]/g, '')}Z`));
}

/** Tag, length, value (X.690). */
function tlv(tag: number, value: Buffer): Buffer {
  const { length } = value;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), value]);
}
