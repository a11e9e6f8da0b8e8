const CHARACTERS = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const CHECKSUM_CHARACTERS = 6;
const GENERATORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

/** What a text in bech32 says (BIP 173, in lower case and without its limit of 90 characters); undefined for one that is misspelt. */
export function decodeBech32(text: string): { prefix: string; bytes: Buffer } | undefined {
  const lower = text.toLowerCase();
  if (text !== lower) return undefined;
  const end = lower.lastIndexOf('1');
  const prefix = lower.slice(0, end);
  const words = [...lower.slice(end + 1)].map(character => CHARACTERS.indexOf(character));
  if (end < 1 || words.length < CHECKSUM_CHARACTERS || words.includes(-1)) return undefined;
  if (checksum([...expanded(prefix), ...words]) !== 1) return undefined;
  return { prefix, bytes: bytesOf(words.slice(0, -CHECKSUM_CHARACTERS)) };
}

function expanded(prefix: string): number[] {
  const codes = [...prefix].map(character => character.charCodeAt(0));
  return [...codes.map(code => code >> 5), 0, ...codes.map(code => code & 31)];
}

function checksum(words: readonly number[]): number {
  let sum = 1;
  for (const word of words) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ word;
    for (const [bit, generator] of GENERATORS.entries()) if ((top >> bit) & 1) sum ^= generator;
  }
  return sum;
}

function bytesOf(words: readonly number[]): Buffer {
  const bytes = Buffer.alloc(Math.floor((words.length * 5) / 8));
  let [held, bits, at] = [0, 0, 0];
  for (const word of words) {
    held = ((held << 5) | word) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.writeUInt8((held >> bits) & 0xff, at++);
  }
  return bytes;
}
