import { Ints } from '../base/ints.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** 32-bit words of a UUID. */
const WORDS = 4;

/**
 * The UIDs of objects by the number of their identity. Kubernetes' are UUIDs (RFC 9562) and take 16 bytes here, a tenth
 * of what a map from a key to a text takes; any other text is kept as it is, since a UID is opaque.
 */
export class Uids {
  readonly #words = new Ints();
  /** By number: the place of its UID, from 1; 0 where there is none in words. */
  readonly #placeOf = new Ints();
  readonly #others = new Map<number, string>();

  set(number: number, uid: string): void {
    this.#others.delete(number);
    while (this.#placeOf.length <= number) this.#placeOf.push(0);
    const isUuid = UUID.test(uid);
    if (!isUuid) this.#others.set(number, uid);
    this.#placeOf.set(number, isUuid ? this.#keep(uid.replaceAll('-', '')) + 1 : 0);
  }

  get(number: number): string | undefined {
    const place = this.#placeOf.at(number) - 1;
    if (place < 0) return this.#others.get(number);
    const hex = Array.from({ length: WORDS }, (_, word) => hexOf(this.#words.at(place + word))).join('');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }

  #keep(hex: string): number {
    const place = this.#words.length;
    for (let word = 0; word < WORDS; word++)
      this.#words.push(Number.parseInt(hex.slice(8 * word, 8 * word + 8), 16) | 0);
    return place;
  }
}

function hexOf(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
