/** Words of the round keys, and of the four substitution boxes. */
const ROUND_KEYS = 18;
const BOXES = 4 * 256;
/** Bits that a sum of many rounded terms may be wrong by. */
const GUARD = 64n;

/** Computed once, by whoever needs them first. */
let digits: Uint32Array | undefined;

/** The words of key material, over and over. */
type Words = () => number;

/** Blowfish (Schneier 1993), as far as bcrypt needs it. Its state begins as the digits of π, so these are computed. */
export class Blowfish {
  readonly #keys: Uint32Array;
  readonly #boxes: Uint32Array;

  constructor() {
    digits ??= digitsOfPi();
    this.#keys = digits.slice(0, ROUND_KEYS);
    this.#boxes = digits.slice(ROUND_KEYS);
  }

  /** Stirs a key in, and with bcrypt's change to the key schedule a salt. */
  expand(key: Buffer, salt?: Buffer): void {
    const ofKey = wordsOf(key);
    const ofSalt = salt === undefined ? () => 0 : wordsOf(salt);
    for (let at = 0; at < ROUND_KEYS; at += 1) this.#keys[at] = (this.#keys[at] ?? 0) ^ ofKey();
    const block = new Uint32Array(2);
    for (const state of [this.#keys, this.#boxes]) {
      for (let at = 0; at < state.length; at += 2) {
        block[0] = (block[0] ?? 0) ^ ofSalt();
        block[1] = (block[1] ?? 0) ^ ofSalt();
        this.encrypt(block, 0);
        state.set(block, at);
      }
    }
  }

  /** Encrypts the two words that start at a place. */
  encrypt(words: Uint32Array, at: number): void {
    const keys = this.#keys;
    const boxes = this.#boxes;
    let left = (words[at] ?? 0) ^ (keys[0] ?? 0);
    let right = words[at + 1] ?? 0;
    for (let round = 1; round <= 16; round += 1) {
      const sum =
        ((((boxes[left >>> 24] ?? 0) + (boxes[256 + ((left >>> 16) & 0xff)] ?? 0)) ^
          (boxes[512 + ((left >>> 8) & 0xff)] ?? 0)) +
          (boxes[768 + (left & 0xff)] ?? 0)) |
        0;
      const next = right ^ sum ^ (keys[round] ?? 0);
      right = left;
      left = next;
    }
    words[at] = right ^ (keys[17] ?? 0);
    words[at + 1] = left;
  }
}

export function wordsOf(bytes: Buffer): Words {
  let at = 0;
  return () => {
    let word = 0;
    for (let byte = 0; byte < 4; byte += 1) {
      word = (word << 8) | (bytes[at] ?? 0);
      at = (at + 1) % bytes.length;
    }
    return word;
  };
}

/** The fraction of π in 32-bit words, by Machin's formula: π = 16 arctan 1/5 - 4 arctan 1/239. */
function digitsOfPi(): Uint32Array {
  const words = ROUND_KEYS + BOXES;
  const one = 1n << (BigInt(words * 32) + GUARD);
  const pi = 16n * arctanOfInverse(5n, one) - 4n * arctanOfInverse(239n, one);
  const fraction = ((pi - 3n * one) >> GUARD).toString(16).padStart(words * 8, '0');
  return Uint32Array.from({ length: words }, (_, at) =>
    Number.parseInt(fraction.slice(at * 8, at * 8 + 8), 16),
  );
}

function arctanOfInverse(x: bigint, one: bigint): bigint {
  let sum = 0n;
  let odd = 1n;
  for (let power = one / x; power >= odd; power /= x * x) {
    sum += (odd & 2n) === 0n ? power / odd : -(power / odd);
    odd += 2n;
  }
  return sum;
}
